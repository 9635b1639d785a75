// The commander program: global options and the table of commands.
import { Command } from 'commander'
import { TABLE_COLUMNS } from '../report/fit.ts'
import { visibleLines } from '../visible.ts'
import { addCheck } from './commands/check.ts'
import { addCompare } from './commands/compare.ts'
import { addCompete } from './commands/compete.ts'
import { addCompletion } from './commands/completion.ts'
import { addExplain } from './commands/explain.ts'
import { addFidelity } from './commands/fidelity.ts'
import { addInit } from './commands/init.ts'
import { addList } from './commands/list.ts'
import { addPlace } from './commands/place.ts'
import { addReproduce } from './commands/reproduce.ts'
import { addRun } from './commands/run.ts'
import { addSchema } from './commands/schema.ts'
import { addShow } from './commands/show.ts'
import { addSweep } from './commands/sweep.ts'
import { addTrace } from './commands/trace.ts'
import { addValidate } from './commands/validate.ts'
import { EXIT_CODE_HELP } from './failure.ts'
import { fitHelp } from './help-text.ts'
import type { Session } from './session.ts'

/** Adds one command to the program. */
type AddCommand = (program: Command, session: Session) => Command

const COMMANDS: readonly AddCommand[] = [
  addRun,
  addSweep,
  addCompare,
  addCompete,
  addCheck,
  addReproduce,
  addTrace,
  addPlace,
  addFidelity,
  addValidate,
  addList,
  addShow,
  addExplain,
  addInit,
  addSchema,
  addCompletion,
]

export function buildProgram(session: Session): Command {
  const { stdout, stderr, version } = session.ports
  const program = new Command('moesim')
    .description('Compares ways of scheduling Mixture-of-Experts inference on simulated hardware.')
    .version(version, '-V, --version', 'print the version')
    .option('--color', 'colour even where the output is no terminal')
    .option('--no-color', 'no colour')
    .option('--wide', `tables with all columns, wider than ${TABLE_COLUMNS} characters where they are`)
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help about a command')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => stdout.write(visibleLines(fitHelp(text, stdout.columns ?? TABLE_COLUMNS), false)),
      writeErr: (text) => stderr.write(visibleLines(text, false)),
      // Where there is no terminal to ask, the text is the same everywhere.
      getOutHelpWidth: () => stdout.columns ?? TABLE_COLUMNS,
      getErrHelpWidth: () => stderr.columns ?? TABLE_COLUMNS,
      // Help is never coloured; saying so keeps commander from looking at the process's own streams.
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .hook('preAction', (_program, command) => {
      const { color, wide = false } = command.optsWithGlobals<{ color?: boolean; wide?: boolean }>()
      session.colorFlag = color
      if (wide) session.tableWidth = Number.POSITIVE_INFINITY
    })
    .addHelpText('after', `${PROGRAM_EXAMPLES}${EXIT_CODE_HELP}`)
  for (const add of COMMANDS) add(program, session).addHelpText('after', EXIT_CODE_HELP)
  return program
}

const PROGRAM_EXAMPLES = `
Examples:
  moesim run                                   the built-in demo
  moesim run experiment.yaml --format json     a result for other programs
  moesim sweep demo --axis workload.tokens=16,64 --dry-run
  moesim init && moesim validate               start an experiment and check it
  moesim list schedulers                       what can be compared
`

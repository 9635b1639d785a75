// `moesim fidelity`: holds our models against tables of cycle-level simulators and prints the errors.
import { Argument, type Command, Option } from 'commander'
import type { OutputFormat } from '../../config/experiment/experiment.ts'
import { type Diagnostic, fail } from '../../errors.ts'
import { type FidelityTable, limitsOf } from '../../fidelity/errors.ts'
import type { Area } from '../../fidelity/tables.ts'
import { EXIT } from '../failure.ts'
import { assertWritable, writeFile } from '../output.ts'
import { Progress } from '../progress.ts'
import type { Session } from '../session.ts'

const AREA_NAMES: readonly Area[] = ['network', 'memory', 'compute', 'silicon']
const FORMATS: readonly OutputFormat[] = ['table', 'json', 'csv', 'markdown']

interface FidelityOptions {
  readonly format: OutputFormat
  readonly rows?: boolean
  readonly reference?: string
  readonly hardware?: readonly string[]
  readonly output?: string
  readonly quiet?: boolean
}

export function addFidelity(program: Command, session: Session): Command {
  return program
    .command('fidelity')
    .description('hold our models against tables of cycle-level simulators and against measured hardware')
    .addArgument(new Argument('[area]', 'one kind of model (default: all)').choices(AREA_NAMES))
    .addOption(new Option('--format <format>', 'how to print it').choices(FORMATS).default('table'))
    .option('--rows', 'every row too: reference, ours, error')
    .option('--reference <dir>', 'a folder of reference tables instead of those that ship with moesim')
    .option(
      '--hardware <files...>',
      'hardware files for GPUs that measured rows name as these files are named',
    )
    .option('--output <file>', 'write the result to a file')
    .option('--quiet', 'no progress, notes and warnings')
    .action((area: Area | undefined, options: FidelityOptions) => fidelity(session, area, options))
    .addHelpText('after', EXAMPLES)
}

const EXAMPLES = `
Exits with 1 where a table is over its limit.

Examples:
  moesim fidelity
  moesim fidelity memory --rows
  moesim fidelity network --format json --output network.json
  moesim fidelity --reference ./measured           files such as ./measured/booksim2/stream.csv
  moesim fidelity silicon --reference ./measured --hardware ./a100.yaml`

async function fidelity(session: Session, area: Area | undefined, options: FidelityOptions): Promise<void> {
  const { format, rows = false, reference, hardware, output, quiet = false } = options
  if (reference === '') fail('usage', { what: '--reference needs a folder' })
  if (output !== undefined) await assertWritable(session, output)
  const { runFidelity } = await import('../../fidelity/run-fidelity.ts')
  const progress = await Progress.create(session, quiet)
  const warn = (warning: Diagnostic) => {
    if (!quiet) session.diagnostic(warning)
  }
  let tables: readonly FidelityTable[]
  try {
    const request = { area, folder: reference, hardwareFiles: hardware }
    const hooks = { onWarning: warn, onProgress: progress.layersDone }
    tables = (await runFidelity(session.io, request, hooks)).tables
  } finally {
    progress.stop()
  }
  const { fidelityFormats } = await import('../../report/fidelity/fidelity.ts')
  const chalk = session.chalk(output === undefined ? 'stdout' : 'file')
  const text = fidelityFormats[format]({ tables }, rows, chalk, session.tableWidth)
  session.throwIfInterrupted()
  if (output === undefined) session.result(text)
  else await writeFile(session, output, text)
  const over = tables.filter(({ pass }) => pass === false)
  for (const table of over) session.note(explain(table))
  if (over.length > 0) session.exitCode = EXIT.difference
}

function explain(table: FidelityTable): string {
  const parts = limitsOf(table, table)
    .filter(({ value, limit }) => value > limit)
    .map(({ what, value, limit }) => `${what} ${value.toFixed(2)} %, limit ${limit} %`)
  return `${table.name}: over its limit: ${parts.join('; ')}; worst row: ${table.worstRow}`
}

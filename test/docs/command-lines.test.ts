// Every command line that the documents and the help texts show can be typed: options, choices and names are real.
import { existsSync } from 'node:fs'
import { type Command, CommanderError } from 'commander'
import { describe, expect, test } from 'vitest'
import { nodeIo } from '../../src/cli/node/io.ts'
import { buildProgram } from '../../src/cli/program.ts'
import { Session } from '../../src/cli/session.ts'
import { loadExperiment } from '../../src/config/load.ts'
import { capturedPorts, runCli } from '../helpers/run-cli.ts'
import {
  blocksOf,
  DOCUMENTS,
  FURTHER_DOCUMENTS,
  inlineCode,
  PLACEHOLDER,
  ROOT,
  readFile,
} from './documents.ts'
import { commandsOf, wordsOf } from './shell.ts'

const scripts = Object.keys((JSON.parse(readFile('package.json')) as { scripts: object }).scripts)

/** What is wrong with arguments of moesim; undefined = nothing. Nothing is run, but `run` loads its experiment. */
async function complaint(argv: readonly string[], mayLackArguments = false): Promise<string | undefined> {
  const { ports, written } = capturedPorts()
  const program = buildProgram(new Session(ports))
  const actions: Promise<unknown>[] = []
  withoutActions(program, (command, options) => {
    if (command.name() === 'run') actions.push(loadRun(command, options))
  })
  try {
    await program.parseAsync(argv, { from: 'user' })
    await Promise.all(actions)
    return undefined
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0 || (mayLackArguments && error.code === 'commander.missingArgument'))
        return undefined
      return written.stderr.trimEnd()
    }
    return error instanceof Error ? error.message : String(error)
  }
}

type Options = Readonly<Record<string, unknown>>

/** Commands note what they were given, and do nothing. */
function withoutActions(command: Command, note: (command: Command, options: Options) => void): void {
  for (const inner of command.commands) withoutActions(inner, note)
  if (command.parent !== null) command.action(() => note(command, command.opts()))
}

/** Placement files are a reader's own. */
function withoutPlacements(schedulers: readonly string[] | undefined): string[] | undefined {
  return schedulers && [...new Set(schedulers.map((one) => one.replace(/:placement=[^,]+\.\w+$/, '')))]
}

/** The experiment that `moesim run` would load, without the files that only a reader has. */
async function loadRun(command: Command, options: Options): Promise<void> {
  const [named] = command.args
  const isReaders = named?.endsWith('.yaml') === true && !existsSync(`${ROOT}${named}`)
  const { scheduler, set = [], trace: _trace, from: _from, ...others } = options
  const { quiet: _quiet, workers: _workers, report: _report, charts: _charts, ...rest } = others
  const { timeline: _timeline, timelineWindow: _window, output: _output, ...flags } = rest
  await loadExperiment(nodeIo, {
    ...(named !== undefined && !isReaders && { file: named }),
    flags: { ...flags, schedulers: withoutPlacements(scheduler as readonly string[] | undefined) },
    sets: set as readonly string[],
  })
}

/** What is wrong with a command of a shell, as far as it is one of ours. */
async function wrong(words: readonly string[]): Promise<string | undefined> {
  const [first, second, ...rest] = words[0] === 'npx' ? words.slice(1) : words
  if (first === 'moesim') return complaint([second, ...rest].filter((word) => word !== undefined))
  if (first === 'node' && second === 'bin/moesim.js') return complaint(rest)
  if (first === 'npm' && second === 'run' && !scripts.includes(rest[0]!)) return `no script ${rest[0]}`
  if (first === 'vitest') {
    const gone = rest.filter((word) => word.startsWith('test/') && !existsSync(`${ROOT}${word}`))
    return gone.length === 0 ? undefined : `no ${gone.join(', ')}`
  }
  return undefined
}

async function wrongOf(commands: readonly (readonly string[])[]): Promise<string[]> {
  const found = await Promise.all(commands.map(async (words) => ({ words, what: await wrong(words) })))
  return found.flatMap(({ words, what }) => (what === undefined ? [] : [`${words.join(' ')}: ${what}`]))
}

/** `moesim run|sweep --x` is two lines; brackets and dots of a synopsis are no part of a word. */
function linesOf(synopsis: string): string[][] {
  const words = synopsis
    .replaceAll('\\|', '|')
    .replaceAll(/[[\]<>]|\.\.\.(?=\s|$)/g, '')
    .match(/(?:"[^"]*"|'[^']*'|\S)+/g)!
  return words.reduce<string[][]>(
    (lines, word) => lines.flatMap((line) => word.split('|').map((one) => [...line, wordsOf(one)[0] ?? ''])),
    [[]],
  )
}

describe.each([...DOCUMENTS, ...FURTHER_DOCUMENTS])('in %s', (path) => {
  const markdown = readFile(path)

  test('every command of a sh block can be typed', async () => {
    const commands = ['sh', 'bash', 'console'].flatMap((language) =>
      blocksOf(markdown, language).flatMap((block) =>
        commandsOf(language === 'console' ? block.split('\n')[0]!.slice('$ '.length) : block),
      ),
    )
    expect(await wrongOf(commands)).toEqual([])
  })

  test('every command between backticks exists, with its options', async () => {
    const synopses = inlineCode(markdown)
      .filter((code) => /^(?:npx |npm run |moesim )/.test(code))
      .filter((code) => !PLACEHOLDER.test(code))
    const lines = synopses.flatMap(linesOf)
    const found = await Promise.all(
      lines.map(async (words) => {
        const at = words.indexOf('moesim')
        return at < 0 ? wrong(words) : complaint(words.slice(at + 1), true)
      }),
    )
    expect(found.filter((what) => what !== undefined)).toEqual([])
  })
})

test('every example of a help text can be typed', async () => {
  const commands = [[], ...paths(buildProgram(new Session(capturedPorts().ports)))]
  const helps = await Promise.all(commands.map((path) => runCli([...path, '--help'])))
  const examples = helps.flatMap(({ stdout }) => [...stdout.matchAll(/^ {2}(moesim .*)$/gm)])
  expect(examples.length).toBeGreaterThan(40)
  // Behind two blanks stands what it is good for.
  const lines = examples.map(([, line]) => line!.split(/ {2,}/)[0]!)
  expect(await wrongOf(lines.flatMap(commandsOf))).toEqual([])
})

/** Names of every command below one, from the top. */
function paths(command: Command): string[][] {
  return command.commands.flatMap((inner) => [
    [inner.name()],
    ...paths(inner).map((rest) => [inner.name(), ...rest]),
  ])
}

describe('a line that cannot be typed is seen:', () => {
  test.each([
    ['npx moesim rnu', "unknown command 'rnu'"],
    ['npx moesim run --tokns 4', "unknown option '--tokns'"],
    ['npx moesim list modls', "'modls' is invalid"],
    ['npx moesim run fse-dp-f99', 'unknown experiment "fse-dp-f99"'],
    ['npx moesim run --scheduler fse-dp:slot=4', 'unknown option of fse-dp "slot"'],
    ['npx moesim run --set hardware.link.bandwith="96 GB/s"', 'bandwith'],
    ['npx moesim init && npx moesim sweep', "missing required argument 'experiment'"],
    ['npm run nothing', 'no script nothing'],
    ['npx vitest run test/nothing', 'no test/nothing'],
  ])('%s', async (line, what) => {
    expect((await wrongOf(commandsOf(line))).join()).toContain(what)
  })

  test('but not where a synopsis has brackets and choices', async () => {
    expect(linesOf('moesim trace info\\|head <trace>')).toEqual([
      ['moesim', 'trace', 'info', 'trace'],
      ['moesim', 'trace', 'head', 'trace'],
    ])
  })
})

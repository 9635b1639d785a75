// One invocation of moesim: its ports, exit code, interruption, and how text reaches the two streams.
import type { ChalkInstance } from 'chalk'
import { type Diagnostic, render } from '../errors.ts'
import { TABLE_COLUMNS } from '../report/fit.ts'
import { visibleLines } from '../visible.ts'
import { chalkFor, wantsColor } from './color.ts'
import type { CliIo, Interruption, Ports } from './ports.ts'
import { terminalLines } from './terminal-lines.ts'

/** Ctrl-C was pressed, or a signal asked for an end: unwinds to main(), which exits with the code of it. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
  readonly interruption: Interruption
  constructor(interruption: Interruption) {
    super(interruption.word)
    this.interruption = interruption
  }
}

/** How long a computation may keep the event loop to itself. */
const YIELD_EVERY_MS = 50

export class Session {
  readonly ports: Ports
  /** The port that commands pass on: Ctrl-C reaches whatever runs through it. */
  readonly io: CliIo
  /** What main() returns when the command itself ends well. */
  exitCode = 0
  /** --color or --no-color, where one is given. */
  colorFlag: boolean | undefined
  /** Characters of a line of a table. */
  tableWidth = TABLE_COLUMNS
  private readonly stopper = new AbortController()
  private yieldedMs: number

  constructor(ports: Ports) {
    this.ports = ports
    const { signal } = this.stopper
    this.io = { ...ports.io, interruption: { signal, checkpoint: () => this.checkpoint() } }
    this.yieldedMs = ports.nowMs()
  }

  interrupt(interruption: Interruption): void {
    this.stopper.abort(new Interrupted(interruption))
  }

  throwIfInterrupted(): void {
    this.stopper.signal.throwIfAborted()
  }

  /** Cheap enough to be called often: most of the time it does nothing but read the clock. */
  async checkpoint(): Promise<void> {
    if (this.ports.nowMs() - this.yieldedMs < YIELD_EVERY_MS) return
    await this.ports.yieldToEvents()
    this.yieldedMs = this.ports.nowMs()
    this.throwIfInterrupted()
  }

  /** For what goes to stdout, or, without colour, into a file. */
  chalk(target: 'stdout' | 'file'): ChalkInstance {
    return chalkFor(target === 'stdout' && wantsColor(this.colorFlag, this.ports.env, this.ports.stdout))
  }

  /** The result of the command, and nothing else. */
  result(text: string): void {
    const { env, stdout } = this.ports
    stdout.write(visibleLines(text, wantsColor(this.colorFlag, env, stdout)))
  }

  /** A result that gives orders to a CI system, which has escaped what is not its own. */
  orders(text: string): void {
    this.ports.stdout.write(text)
  }

  /** Anything that is not the result: notes, warnings, errors. */
  note(text: string): void {
    this.ports.stderr.write(`${visibleLines(text, false)}\n`)
  }

  /** A note of one or more sentences. */
  remark(text: string): void {
    this.note(terminalLines(text, this.ports.stderr))
  }

  diagnostic(diagnostic: Diagnostic): void {
    const { env, stderr } = this.ports
    const hasColor = wantsColor(this.colorFlag, env, stderr)
    const chalk = chalkFor(hasColor)
    const paint = diagnostic.severity === 'error' ? chalk.red : chalk.yellow
    // The source line and its caret stay as they are.
    const [head = '', ...rest] = render(diagnostic).split('\n')
    const painted = terminalLines(head, stderr).replace(`${diagnostic.severity}:`, (label) => paint(label))
    stderr.write(`${visibleLines([painted, ...rest].join('\n'), hasColor)}\n`)
  }
}

/** `1 error`, `3 errors`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

// One invocation of moesim: its ports, exit code, interruption, and how text reaches the two streams.
import type { ChalkInstance } from 'chalk'
import { type Diagnostic, render } from '../errors.ts'
import { chalkFor, wantsColor } from './color.ts'
import type { CliIo, Ports } from './ports.ts'

/** Ctrl-C was pressed: unwinds to main(), which exits with 130. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

export class Session {
  readonly ports: Ports
  /** What main() returns when the command itself ends well. */
  exitCode = 0
  /** --color or --no-color, where one is given. */
  colorFlag: boolean | undefined
  private interrupted = false

  constructor(ports: Ports) {
    this.ports = ports
  }

  get io(): CliIo {
    return this.ports.io
  }

  interrupt(): void {
    this.interrupted = true
  }

  throwIfInterrupted(): void {
    if (this.interrupted) throw new Interrupted()
  }

  /** For what goes to stdout, or, without colour, into a file. */
  chalk(target: 'stdout' | 'file'): ChalkInstance {
    return chalkFor(target === 'stdout' && wantsColor(this.colorFlag, this.ports.env, this.ports.stdout))
  }

  /** The result of the command, and nothing else. */
  result(text: string): void {
    this.ports.stdout.write(text)
  }

  /** Anything that is not the result: notes, warnings, errors. */
  note(text: string): void {
    this.ports.stderr.write(`${text}\n`)
  }

  diagnostic(diagnostic: Diagnostic): void {
    const chalk = chalkFor(wantsColor(this.colorFlag, this.ports.env, this.ports.stderr))
    const paint = diagnostic.severity === 'error' ? chalk.red : chalk.yellow
    const text = render(diagnostic).replace(`${diagnostic.severity}:`, (label) => paint(label))
    this.ports.stderr.write(`${text}\n`)
  }
}

/** `1 error`, `3 errors`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

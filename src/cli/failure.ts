// How a command that did not end well is explained, and with which exit code.
import { CheckFailure, UserError } from '../errors.ts'
import { IoError } from '../io.ts'
import { visible } from '../visible.ts'
import { counted, Interrupted, type Session } from './session.ts'

export const EXIT = { fine: 0, difference: 1, badInput: 2, bug: 3 } as const

/** The last part of every help text. */
export const EXIT_CODE_HELP = `
Exit codes:
  0    fine
  1    a check found a difference
  2    the input cannot run: usage, configuration, trace or files
  3    a bug in moesim
  129  hung up: the terminal is gone
  130  interrupted
  143  terminated`

export function explainFailure(error: unknown, session: Session, argv: readonly string[]): number {
  if (error instanceof Interrupted) {
    session.note(error.interruption.word)
    return error.interruption.exitCode
  }
  if (error instanceof UserError) {
    for (const diagnostic of error.diagnostics) session.diagnostic(diagnostic)
    const warnings = error.diagnostics.filter(({ severity }) => severity === 'warning').length
    session.note(countLine(error.diagnostics.length - warnings, warnings))
    return EXIT.badInput
  }
  if (error instanceof IoError) {
    session.note(`error: ${visible(error.message)}\n1 error`)
    return EXIT.badInput
  }
  if (error instanceof CheckFailure) {
    session.note(error.message)
    return EXIT.difference
  }
  session.note(bugReport(error, session, argv))
  return EXIT.bug
}

/** `2 errors`, or `2 errors, 1 warning`. */
export function countLine(errors: number, warnings: number): string {
  return `${counted(errors, 'error')}${warnings > 0 ? `, ${counted(warnings, 'warning')}` : ''}`
}

/** Everything needed to repeat it: the stack, the version, the command line. */
function bugReport(error: unknown, session: Session, argv: readonly string[]): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const quoted = argv.map((part) =>
    /^[\w@%+=:,./-]+$/.test(part) ? part : `'${part.replaceAll("'", "'\\''")}'`,
  )
  return [
    'this is a bug in moesim; please report it with the lines below',
    stack,
    `moesim ${session.ports.version}`,
    `command: ${['moesim', ...quoted].join(' ')}`,
  ].join('\n')
}

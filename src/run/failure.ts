// Errors as plain data: a structured clone would lose their class, and with it the exit code and the findings.
import { Bug, type Diagnostic, UserError } from '../errors.ts'

export type Failure =
  | { readonly kind: 'user'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'bug'; readonly message: string; readonly stack: string | undefined }

/** Whatever is not the user's is a bug, as it is at the top of the command line. */
export function failureOf(error: unknown): Failure {
  if (error instanceof UserError) return { kind: 'user', diagnostics: error.diagnostics }
  if (error instanceof Error) return { kind: 'bug', message: error.message, stack: error.stack }
  return { kind: 'bug', message: String(error), stack: undefined }
}

/** The error to throw here, with the stack of where it was thrown. */
export function errorOf(failure: Failure): Error {
  if (failure.kind === 'user') return new UserError(failure.diagnostics)
  const bug = new Bug(failure.message)
  if (failure.stack !== undefined) bug.stack = failure.stack
  return bug
}

// From an argument list to an exit code: the whole command line, without touching the process.
import { CommanderError } from 'commander'
import { EXIT, explainFailure } from './failure.ts'
import type { Ports } from './ports.ts'
import { buildProgram } from './program.ts'
import { Session } from './session.ts'

export async function main(argv: readonly string[], ports: Ports): Promise<number> {
  const session = new Session(ports)
  const stopListening = ports.onInterrupt((interruption) => session.interrupt(interruption))
  try {
    await buildProgram(session).parseAsync(argv, { from: 'user' })
    return session.exitCode
  } catch (error) {
    // commander has printed its own text by now: help and version are fine, all else is a usage error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.badInput
    return explainFailure(error, session, argv)
  } finally {
    stopListening()
  }
}

// Signals that ask a process to end: the work ends in order, files half written and locks are taken away.
import type { Interruption } from '../ports.ts'

/** As shells count: 128 and the number of the signal. */
const ENDING = {
  SIGINT: { exitCode: 130, word: 'interrupted' },
  SIGTERM: { exitCode: 143, word: 'terminated' },
  SIGHUP: { exitCode: 129, word: 'hung up' },
} as const satisfies Record<string, Interruption>

/** The first signal asks for an orderly end; a second one does not wait for it. Returns how to stop listening. */
export function onEndingSignal(callback: (interruption: Interruption) => void): () => void {
  let isAsked = false
  const listeners = Object.entries(ENDING).map(([signal, interruption]) => {
    const listener = () => {
      if (isAsked) process.exit(interruption.exitCode)
      isAsked = true
      callback(interruption)
    }
    process.on(signal, listener)
    return () => process.off(signal, listener)
  })
  return () => {
    // What comes while the process is ending anyway changes nothing.
    if (!isAsked) for (const stop of listeners) stop()
  }
}

// Reasons for which options change nothing that schedulers have in common.
import type { IdleOptions, RunOutline } from './scheduler.ts'

/** Options that say on which of several dies something happens, or how something gets from die to die. */
export function idleOnOneDie({ topology }: RunOutline, names: readonly string[]): IdleOptions[] {
  return topology.dies > 1 ? [] : [{ names, why: 'there is one die' }]
}

// The thread that makes and tries cases, one after the other, and tells of each.
import fc from 'fast-check'
import { KINDS } from './kinds.ts'

export interface Plan {
  readonly seed: number
  /** Names in KINDS: taken in turn. */
  readonly kinds: readonly string[]
  readonly first: number
  /** The case before which to stop. */
  readonly end: number
  /** As Date.now() gives it. */
  readonly endMs: number
}

export type Message =
  | { readonly told: 'start'; readonly index: number; readonly kind: string }
  | { readonly told: 'failure'; readonly index: number; readonly kind: string; readonly report: string }
  | { readonly told: 'end'; readonly index: number }

/** For making a failing case smaller. */
const MOST_SHRINKING_MS = 10_000

export async function tryCases(plan: Plan, tell: (message: Message) => void): Promise<void> {
  let index = plan.first
  for (; index < plan.end && Date.now() < plan.endMs; index++) {
    const kind = plan.kinds[index % plan.kinds.length]!
    tell({ told: 'start', index, kind })
    const report = await tryCase(kind, seedOf(plan.seed, index))
    if (report !== undefined) tell({ told: 'failure', index, kind, report })
    // Lets the message out before the next case keeps the thread busy.
    await new Promise((resolve) => setImmediate(resolve))
  }
  tell({ told: 'end', index })
}

/** What went wrong with the case, made as small as it gets; undefined where nothing did. */
async function tryCase(kind: string, seed: number): Promise<string | undefined> {
  const details = await fc.check(KINDS[kind]!(), {
    ...{ seed, numRuns: 1, interruptAfterTimeLimit: MOST_SHRINKING_MS, markInterruptAsFailure: false },
  })
  // Of a case that took all the time by itself, on a busy machine, nothing is known: watch.ts counts CPU time.
  if (!details.failed || details.counterexample === null) return undefined
  const { errorInstance: error, counterexample } = details
  return `${error instanceof Error ? error.message : String(error)}\n${JSON.stringify(counterexample)}`
}

/** Neighbours in index get seeds that have nothing to do with each other (the finaliser of MurmurHash3). */
function seedOf(seed: number, index: number): number {
  let hash = Math.imul(seed, 0x9e3779b1) ^ index
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

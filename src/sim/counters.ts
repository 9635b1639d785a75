// Counters: how what is counted in one place adds up over layers and runs. A part declares its own, here nothing is listed.
//
//   number         adds up
//   undefined      not counted; adds nothing, and takes whatever is added to it
//   Float64Array   one number for each die: adds up die by die; an empty one adds nothing
//   Peak           the one with the highest `peak` stays, with all that was noted beside it at that moment
//   other objects  records of counters: name by name
//
// Counters are plain data, so that they are the same on both sides of a thread's border.
import { Bug } from '../errors.ts'

export interface Peak {
  peak: number
}

type Counter = number | undefined | Float64Array | Peak | Counters
interface Counters {
  [name: string]: Counter
}

/** Adds all counters of `from`, also those that `into` has not got yet. Anything that is no counter is a bug. */
export function addCounters<T extends object>(into: T, from: Readonly<NoInfer<Partial<T>>>): void {
  const sums = into as Counters
  for (const [name, counted] of Object.entries(from)) sums[name] = together(name, sums[name], counted)
}

function together(name: string, sum: Counter, counted: unknown): Counter {
  if (counted === undefined) return sum
  if (typeof counted === 'number') return ((sum as number | undefined) ?? 0) + counted
  if (typeof counted !== 'object' || counted === null) throw new Bug(`${name} is no counter`)
  if (counted instanceof Float64Array) return dieByDie((sum as Float64Array | undefined) ?? NO_DIES, counted)
  if ('peak' in counted) return higher(sum as Peak | undefined, counted as Peak)
  const record = (sum as Counters | undefined) ?? {}
  addCounters<object>(record, counted)
  return record
}

const NO_DIES = new Float64Array(0)

/** As many dies as the longer one has. */
const dieByDie = (sum: Float64Array, counted: Float64Array) =>
  Float64Array.from(
    sum.length > counted.length ? sum : counted,
    (_, die) => (sum[die] ?? 0) + (counted[die] ?? 0),
  )

const higher = (sum: Peak | undefined, counted: Peak): Peak =>
  sum === undefined || counted.peak > sum.peak ? { ...counted } : sum

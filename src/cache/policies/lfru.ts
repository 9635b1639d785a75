// `lfru`: as `lfu`, but all counts halve now and then, so that old uses fade.
import { invariant } from '../../errors.ts'
import type { CachePolicy } from '../policy.ts'

/** Halvings after which nothing is left of a count that a double beside a new use could hold. */
const FADED = 64
const HALVES = Float64Array.from({ length: FADED }, (_, age) => 2 ** -age)

/** Halvings are counted in uses of all experts together. Without rounding, so that results are the same on every machine. */
export function lfru(experts: number, halfLifeUses: number): CachePolicy {
  invariant(halfLifeUses >= 1, 'counts halve after at least one use')
  /** Of each expert at its last use, and how many halvings there had been then. */
  const counts = new Float64Array(experts)
  const halvings = new Float64Array(experts)
  let now = 0
  let uses = 0
  return {
    worth(expert) {
      if (uses === halfLifeUses) {
        uses = 0
        now++
      }
      uses++
      const age = now - halvings[expert]!
      const count = (age < FADED ? counts[expert]! * HALVES[age]! : 0) + 1
      counts[expert] = count
      halvings[expert] = now
      return now + steps(count)
    },
  }
}

/**
 * A number that doubling raises by exactly 1 and that grows with `count` (from 1 on) in between: counts of different ages
 * are compared by it as if all had been halved to this day, without their touching.
 */
function steps(count: number): number {
  const doublings = 31 - Math.clz32(count)
  return doublings + count / (1 << doublings) - 1
}

// How full the SRAM of a die is over time, reduced to few points that keep every peak.
import type { Fill } from '../sim/probe.ts'

/** In equal steps from the start of the iteration to its end: what was held at the fullest moment of each step. */
export interface FillCurve {
  readonly weightBytes: readonly number[]
  readonly tokenBytes: readonly number[]
}

/** `fills`: of one die, in order of time; before the first of them it is empty. */
export function fillCurve(
  fills: readonly Pick<Fill, 'atPs' | 'weightBytes' | 'tokenBytes'>[],
  endPs: number,
  points: number,
): FillCurve {
  const weightBytes: number[] = []
  const tokenBytes: number[] = []
  let held: Pick<Fill, 'weightBytes' | 'tokenBytes'> = { weightBytes: 0, tokenBytes: 0 }
  let next = 0
  for (let point = 1; point <= points; point++) {
    let fullest = held
    // The last step holds the last moment too.
    const toPs = point === points ? Infinity : (endPs * point) / points
    for (; next < fills.length && fills[next]!.atPs < toPs; next++) {
      held = fills[next]!
      if (total(held) > total(fullest)) fullest = held
    }
    weightBytes.push(fullest.weightBytes)
    tokenBytes.push(fullest.tokenBytes)
  }
  return { weightBytes, tokenBytes }
}

const total = ({ weightBytes, tokenBytes }: Pick<Fill, 'weightBytes' | 'tokenBytes'>) =>
  weightBytes + tokenBytes

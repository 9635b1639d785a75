// Swaps of experts between devices that make a placement better by some measure and no device fuller than a limit.
import {
  copiesOf,
  deviceLoads,
  maxLoad,
  type PlaceProblem,
  type Slots,
} from '../schedulers/placements/search/problem.ts'

/** What is made as small as swaps can. */
export interface Measure {
  /** By how much it grows when `expertOfA` of device `a` and `expertOfB` of device `b` change places in `layout`. */
  growth(layout: Slots, swap: Swap): number
  /** Told of a swap that was made. */
  swapped(layout: Slots, swap: Swap): void
}

export interface Swap {
  readonly a: number
  readonly b: number
  readonly expertOfA: number
  readonly expertOfB: number
}

/** Swaps looked at, in all. */
const MOST_SWAPS = 400_000
/** Below it a gain is rounding. */
const NOISE = 1e-9

/** The numbers of copies stay. No device gets fuller than the fullest of `start`. */
export function improveBySwaps({ loads }: PlaceProblem, start: Slots, measure: Measure): Slots {
  const layout = start.map((held) => [...held])
  const limit = maxLoad(start, loads) * (1 + NOISE)
  const copies = copiesOf(start, loads.length)
  const share = (expert: number) => loads[expert]! / copies[expert]!
  const sums = deviceLoads(start, loads)
  let looks = 0
  let isBetter = true
  while (isBetter && looks < MOST_SWAPS) {
    isBetter = false
    for (const swap of swapsOf(layout)) {
      if (++looks >= MOST_SWAPS) break
      const change = share(swap.expertOfB) - share(swap.expertOfA)
      if (sums[swap.a]! + change > limit || sums[swap.b]! - change > limit) continue
      if (measure.growth(layout, swap) >= -NOISE) continue
      exchange(layout[swap.a]!, swap.expertOfA, swap.expertOfB)
      exchange(layout[swap.b]!, swap.expertOfB, swap.expertOfA)
      measure.swapped(layout, swap)
      sums[swap.a] = sums[swap.a]! + change
      sums[swap.b] = sums[swap.b]! - change
      isBetter = true
    }
  }
  return layout
}

/** Of experts that the other device lacks; looks at the layout as it is when the next one is asked for. */
function* swapsOf(layout: readonly number[][]): Generator<Swap> {
  for (let a = 0; a < layout.length; a++) {
    for (let b = a + 1; b < layout.length; b++) {
      for (let i = 0; i < layout[a]!.length; i++) {
        for (let j = 0; j < layout[b]!.length; j++) {
          const expertOfA = layout[a]![i]!
          const expertOfB = layout[b]![j]!
          if (layout[b]!.includes(expertOfA) || layout[a]!.includes(expertOfB)) continue
          yield { a, b, expertOfA, expertOfB }
        }
      }
    }
  }
}

function exchange(held: number[], from: number, to: number): void {
  held[held.indexOf(from)] = to
}

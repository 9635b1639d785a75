// The question that placement searches answer: which experts, with copies, go into equal slots of devices.
import { fail } from '../../../errors.ts'

export interface PlaceProblem {
  /** Tokens of each expert, any unit, all >= 0: [experts]. Copies of an expert share them evenly. */
  readonly loads: Float64Array
  readonly devices: number
  /** Experts that each device holds: all slots are filled, none twice with the same expert. */
  readonly slots: number
}

/** Experts by slot of each device: [device][slot]. */
export type Slots = readonly (readonly number[])[]

/** Throws UserError where there are too few slots for all experts, or too many for different ones on every device. */
export function assertSolvable({ loads, devices, slots }: PlaceProblem): void {
  const experts = loads.length
  if (devices * slots < experts) {
    fail('capacity', {
      what: `placing ${experts} experts`,
      needs: `a slot for each of them, ${Math.ceil(experts / devices)} on each of ${devices} devices`,
      has: `${devices * slots} slots, ${slots} on each`,
      hint: `use --slots ${Math.ceil(experts / devices)} or more`,
    })
  }
  if (slots > experts) {
    fail('conflict', {
      what: `${slots} slots on each device and ${experts} experts: one would lie twice on a device`,
      hint: `use --slots ${experts} or fewer`,
    })
  }
}

/** Copies of each expert. */
export function copiesOf(layout: Slots, experts: number): Int32Array {
  const copies = new Int32Array(experts)
  for (const held of layout) for (const expert of held) copies[expert] = copies[expert]! + 1
  return copies
}

/** Load of each device where the copies of an expert share its tokens evenly. */
export function deviceLoads(layout: Slots, loads: Float64Array): Float64Array {
  const copies = copiesOf(layout, loads.length)
  return Float64Array.from(layout, (held) =>
    held.reduce((sum, expert) => sum + loads[expert]! / copies[expert]!, 0),
  )
}

export function maxLoad(layout: Slots, loads: Float64Array): number {
  return deviceLoads(layout, loads).reduce((most, load) => Math.max(most, load), 0)
}

export function meanLoad(loads: Float64Array, devices: number): number {
  return loads.reduce((sum, load) => sum + load, 0) / devices
}

/**
 * No placement has less load on its fullest device: the mean, the share of each expert on as many devices as there are, and
 * the least load at which the copies that it takes find slots.
 */
export function leastMaxLoad({ loads, devices, slots }: PlaceProblem): number {
  const spare = devices * slots - loads.length
  // Sorted shares: an expert of load w needs ceil(w / limit) copies. The limit is one of the values w / c.
  const needed = (limit: number) =>
    loads.reduce((sum, load) => sum + Math.max(0, Math.ceil(load / limit - 1e-9) - 1), 0)
  const heaviest = loads.reduce((most, load) => Math.max(most, load), 0)
  let least = Math.max(meanLoad(loads, devices), heaviest / devices)
  if (heaviest === 0 || needed(least) <= spare) return least
  const limits = [...loads]
    .flatMap((load) => Array.from({ length: devices }, (_, i) => load / (i + 1)))
    .filter((limit) => limit > least)
    .sort((a, b) => a - b)
  let low = 0
  let high = limits.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (needed(limits[middle]!) <= spare) high = middle
    else low = middle + 1
  }
  least = limits[low] ?? least
  return least
}

// Where adaptive keeps slices: all experts' slices in one row, cut into equal runs, one for each die; copies in rows of other orders.
import type { Topology } from '../../hardware/topology.ts'

/** Slices of one expert that the same dies may compute. */
export interface SliceGroup {
  readonly expert: number
  readonly slices: readonly number[]
  /** The home first. */
  readonly dies: readonly number[]
}

export interface LayoutShape {
  readonly experts: number
  readonly slices: number
  /** Parts that each expert is cut into, which lie apart from each other. */
  readonly parts: number
  /** Of each slice beside its home; a fraction: that many of an expert's slices have one more. */
  readonly copies: number
}

/**
 * Dies that hold each slice, the home first: [expert * slices + slice]. Every die holds as many slices as any other, give or take
 * one, of as few experts as their parts allow. From part to part and from copy to copy experts come in another order, so that a
 * die shares its experts with many others.
 */
export function sliceHolders(shape: LayoutShape, topology: Topology): number[][] {
  const { experts, slices } = shape
  const { dies, order } = topology
  const holders = Array.from({ length: experts * slices }, (): number[] => [])
  const copies = Math.min(shape.copies, dies - 1)
  for (let row = 0; row <= copies || row - copies < 1; row++) {
    const held = rowOf(shape, row, Math.min(slices, Math.round((copies - row + 1) * slices)))
    const runs = bestRuns(held, holders, topology)
    held.forEach((slice, place) => {
      let run = runs[place]!
      while (holders[slice]!.includes(order[run]!)) run = (run + 1) % dies
      holders[slice]!.push(order[run]!)
    })
  }
  return holders
}

/** By place in a row the run that it is in, the row turned so that as few slices as can be come to dies that have them already. */
function bestRuns(
  held: readonly number[],
  holders: readonly (readonly number[])[],
  { dies, order }: Topology,
): Int32Array {
  const runs = Int32Array.from(held, (_, place) => Math.floor((place * dies) / held.length))
  let best = 0
  let fewest = Infinity
  for (let turn = 0; turn < dies && fewest > 0; turn++) {
    let clashes = 0
    for (let place = 0; place < held.length && clashes < fewest; place++) {
      if (holders[held[place]!]!.includes(order[(turn + runs[place]!) % dies]!)) clashes++
    }
    if (clashes >= fewest) continue
    best = turn
    fewest = clashes
  }
  return runs.map((run) => (best + run) % dies)
}

/** `count` slices of every expert, as many of each of its parts, in the order of one row. */
function rowOf({ experts, slices, parts }: LayoutShape, row: number, count: number): number[] {
  const held: number[] = []
  for (let part = 0; part < parts; part++) {
    const step = stepOf(experts, row * parts + part)
    const from = Math.floor((part * slices) / parts)
    const to = from + Math.floor(((part + 1) * count) / parts) - Math.floor((part * count) / parts)
    for (let place = 0; place < experts; place++) {
      const expert = (place * step) % experts
      for (let slice = from; slice < to; slice++) held.push(expert * slices + slice)
    }
  }
  return held
}

/** All slices, expert by expert, together where their dies are the same. */
export function sliceGroups(
  experts: readonly number[],
  slices: number,
  diesOf: (expert: number, slice: number) => readonly number[],
): SliceGroup[] {
  return experts.flatMap((expert) => {
    const groups = new Map<string, { expert: number; slices: number[]; dies: readonly number[] }>()
    for (let slice = 0; slice < slices; slice++) {
      const dies = diesOf(expert, slice)
      const key = dies.join(' ')
      const group = groups.get(key)
      if (group === undefined) groups.set(key, { expert, slices: [slice], dies })
      else group.slices.push(slice)
    }
    return [...groups.values()]
  })
}

/** Part of all experts from one to the next, by golden section: however many there are, neighbours scatter. */
const SECTION = 0.6180339887498949

/** A step that visits all experts, another one for every number; 1 for the first. */
function stepOf(experts: number, number: number): number {
  let step = number === 0 ? 1 : Math.max(1, Math.round(experts * ((SECTION * number) % 1)))
  while (divisor(step, experts) > 1) step++
  return step
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b)
}

// From the choices of an iteration's tokens to the work of one layer: who rests where, how many chose what.
import { blockOf } from '../block-of.ts'
import type { Topology } from '../hardware/topology.ts'
import type { LayerWork } from '../schedulers/work.ts'
import { sharedInts } from '../shared-ints.ts'
import type { Iteration } from './iteration.ts'

/** Die of every token of an iteration: blocks of tokens, or of the `requestCount` requests they belong to. */
export function restingDies(
  { rows, requests }: Pick<Iteration, 'rows' | 'requests'>,
  { dies, order }: Topology,
  spread: Spread,
  requestCount: number,
): Int32Array {
  const place =
    spread === 'tokens'
      ? (token: number) => blockOf(token, rows.length, dies)
      : (token: number) => blockOf(requests[token]!, requestCount, dies)
  const resting = sharedInts(rows.length)
  for (let token = 0; token < rows.length; token++) resting[token] = order[place(token)]!
  return resting
}

/** How tokens are dealt to dies, in contiguous equal blocks: token by token, or whole requests. */
export type Spread = 'tokens' | 'requests'

/** The die of every token, by iteration: the same for all layers of a run. */
export function seatTokens(
  topology: Topology,
  iterations: readonly Iteration[],
  spread: Spread,
): readonly Int32Array[] {
  const requestCount = requestsIn(iterations)
  return iterations.map((iteration) => restingDies(iteration, topology, spread, requestCount))
}

/** One more than the highest request. */
export function requestsIn(iterations: readonly Pick<Iteration, 'requests'>[]): number {
  const larger = (most: number, request: number) => Math.max(most, request)
  return iterations.reduce((most, { requests }) => requests.reduce(larger, most), -1) + 1
}

export interface BatchShape {
  readonly layer: number
  readonly iteration: number
  readonly topK: number
  readonly experts: number
}

/** In the place of a choice that is not computed in this iteration. */
export const NO_EXPERT = 0xffff

/** Counts the selections of one iteration of one layer. `choices`: expert ids [token][slot], or NO_EXPERT. */
export function buildWork(
  shape: BatchShape,
  { phase, rows, requests }: Iteration,
  choices: Uint16Array,
  restingDie: Int32Array,
  topology: Topology,
  pausedBytes?: Float64Array,
  returningTokens?: number,
): LayerWork {
  const { layer, iteration, topK, experts } = shape
  const { dies, rank } = topology
  const tokens = rows.length
  const pairStart = new Int32Array(experts * dies + 1)
  for (let token = 0, at = 0; token < tokens; token++) {
    const after = rank[restingDie[token]!]! + 1
    for (const end = at + topK; at < end; at++) {
      if (choices[at] === NO_EXPERT) continue
      const range = choices[at]! * dies + after
      pairStart[range] = pairStart[range]! + 1
    }
  }
  for (let range = 0; range < experts * dies; range++) {
    pairStart[range + 1] = pairStart[range + 1]! + pairStart[range]!
  }
  const activeExperts = Array.from({ length: experts }, (_, expert) => expert).filter(
    (expert) => pairStart[expert * dies]! < pairStart[(expert + 1) * dies]!,
  )
  // Without spreads: objects that they make are of a hidden class of their own each, for which all code that reads them is compiled anew.
  return {
    layer,
    iteration,
    topK,
    experts,
    phase,
    tokens,
    choices,
    restingDie,
    tokenRequest: requests,
    pairStart,
    dies,
    dieOrder: topology.order,
    activeExperts,
    firstSeen: inOrderOfAppearance(choices, activeExperts.length),
    pausedBytes,
    returningTokens,
  }
}

/** The `count` different experts among choices. */
function inOrderOfAppearance(choices: Uint16Array, count: number): number[] {
  const seen = new Set<number>()
  for (let at = 0; seen.size < count; at++) if (choices[at] !== NO_EXPERT) seen.add(choices[at]!)
  return [...seen]
}

// From rows of a routing source to the work of one layer: who rests where, who chose what, pairs sorted by expert and die.
import type { Topology } from '../hardware/topology.ts'
import type { LayerWork } from '../schedulers/work.ts'
import type { Iteration } from './iteration.ts'

/** Block of `item` when `items` are dealt to `dies` in contiguous blocks as equal as can be, larger ones first. */
export function blockOf(item: number, items: number, dies: number): number {
  const small = Math.floor(items / dies)
  const larger = items % dies
  const inLarger = larger * (small + 1)
  return item < inLarger ? Math.floor(item / (small + 1)) : larger + Math.floor((item - inLarger) / small)
}

/** Die of every token of an iteration: blocks of tokens, or of the `requestCount` requests they belong to. */
export function restingDies(
  iteration: Iteration,
  topology: Topology,
  spread: 'tokens' | 'requests',
  requestCount: number,
): Int32Array {
  const { rows, requests } = iteration
  return Int32Array.from(rows, (_row, token) => {
    const block =
      spread === 'tokens'
        ? blockOf(token, rows.length, topology.dies)
        : blockOf(requests[token]!, requestCount, topology.dies)
    return topology.order[block]!
  })
}

export interface BatchShape {
  readonly layer: number
  readonly iteration: number
  readonly topK: number
  readonly experts: number
}

/** Sorts the selections of one iteration of one layer. `layerExperts` is the source's [row][slot] table. */
export function buildWork(
  shape: BatchShape,
  { phase, rows, requests }: Iteration,
  layerExperts: Uint16Array,
  tokenDie: Int32Array,
  topology: Topology,
): LayerWork {
  const { topK, experts } = shape
  const { dies, rank } = topology
  const tokens = rows.length
  const choices = new Uint16Array(tokens * topK)
  rows.forEach((row, token) => {
    choices.set(layerExperts.subarray(row * topK, (row + 1) * topK), token * topK)
  })

  const pairStart = new Int32Array(experts * dies + 1)
  const bucketOf = (pair: number) => choices[pair]! * dies + rank[tokenDie[Math.floor(pair / topK)]!]!
  const firstSeen: number[] = []
  const isSeen = new Uint8Array(experts)
  for (let pair = 0; pair < choices.length; pair++) {
    const bucket = bucketOf(pair)
    pairStart[bucket + 1] = pairStart[bucket + 1]! + 1
    const expert = choices[pair]!
    if (isSeen[expert] === 0) firstSeen.push(expert)
    isSeen[expert] = 1
  }
  for (let bucket = 0; bucket < experts * dies; bucket++) {
    pairStart[bucket + 1] = pairStart[bucket + 1]! + pairStart[bucket]!
  }
  const nextIn = pairStart.slice(0, -1)
  const pairToken = new Int32Array(choices.length)
  for (let pair = 0; pair < choices.length; pair++) {
    const bucket = bucketOf(pair)
    pairToken[nextIn[bucket]!] = Math.floor(pair / topK)
    nextIn[bucket] = nextIn[bucket]! + 1
  }
  const activeExperts = [...firstSeen].sort((a, b) => a - b)
  return {
    ...shape,
    phase,
    tokens,
    choices,
    tokenDie,
    tokenRequest: requests,
    pairToken,
    pairStart,
    dies,
    activeExperts,
    firstSeen,
  }
}

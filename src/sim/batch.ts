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
  { rows, requests }: Pick<Iteration, 'rows' | 'requests'>,
  { dies, order }: Topology,
  spread: 'tokens' | 'requests',
  requestCount: number,
): Int32Array {
  const place =
    spread === 'tokens'
      ? (token: number) => blockOf(token, rows.length, dies)
      : (token: number) => blockOf(requests[token]!, requestCount, dies)
  return rows.map((_row, token) => order[place(token)]!)
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
  // Pairs are counted by (expert, rank of the die their token rests on), then dealt out: a counting sort.
  const pairStart = new Int32Array(experts * dies + 1)
  const firstSeen: number[] = []
  const isSeen = new Uint8Array(experts)
  for (let token = 0, pair = 0; token < tokens; token++) {
    const place = rank[tokenDie[token]!]!
    const from = rows[token]! * topK
    for (let at = from; at < from + topK; at++, pair++) {
      const expert = layerExperts[at]!
      choices[pair] = expert
      const bucket = expert * dies + place
      pairStart[bucket + 1] = pairStart[bucket + 1]! + 1
      if (isSeen[expert] === 1) continue
      isSeen[expert] = 1
      firstSeen.push(expert)
    }
  }
  for (let bucket = 0; bucket < experts * dies; bucket++) {
    pairStart[bucket + 1] = pairStart[bucket + 1]! + pairStart[bucket]!
  }
  const nextIn = pairStart.slice(0, -1)
  const pairToken = new Int32Array(choices.length)
  for (let token = 0, pair = 0; token < tokens; token++) {
    const place = rank[tokenDie[token]!]!
    for (let slot = 0; slot < topK; slot++, pair++) {
      const bucket = choices[pair]! * dies + place
      const at = nextIn[bucket]!
      pairToken[at] = token
      nextIn[bucket] = at + 1
    }
  }
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
    activeExperts: firstSeen.toSorted((a, b) => a - b),
    firstSeen,
  }
}

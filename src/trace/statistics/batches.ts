// What batches of random tokens ask of a layer: how many experts, and how unevenly the ranks are loaded.
import { distinctByPopularity } from './chance.ts'
import type { MeasureSheet } from './measure.ts'
import { UniformRouter } from './nulls.ts'
import { contiguousRanks, maxOverMean } from './skew.ts'
import type { TokenRows } from './token-rows.ts'

const BATCH_SIZES = [8, 32, 128] as const
const DRAWS = 100
const MOST_RANKS = 16

export interface Batches {
  readonly size: (typeof BATCH_SIZES)[number]
  /** Rows [draw][token], the same for every layer. */
  readonly rows: Int32Array
  /** Mean rank imbalance of as many batches that choose uniformly. */
  readonly uniformImbalance: number
}

interface Shape {
  readonly experts: number
  readonly topK: number
}

/** 100 draws of each size: a random request, and of it a random decode token, or prompt token where it has no other. */
export function drawBatches(rows: TokenRows, shape: Shape, random: () => number): Batches[] {
  const requests = rows.requests.filter(({ start, end }) => end > start)
  return BATCH_SIZES.map((size) => {
    const drawn = Int32Array.from({ length: DRAWS * size }, () => {
      const { start, split, end } = requests[Math.floor(requests.length * random())]!
      const from = end > split ? split : start
      return from + Math.floor((end - from) * random())
    })
    const router = new UniformRouter(shape.experts, shape.topK, random)
    const uniformTable = new Uint16Array(DRAWS * size * shape.topK)
    for (let token = 0; token < DRAWS * size; token++) uniformTable.set(router.draw(), token * shape.topK)
    const identity = drawn.map((_, token) => token)
    return { size, rows: drawn, uniformImbalance: batchLoads(uniformTable, identity, size, shape).imbalance }
  })
}

export interface BatchLoads {
  /** Mean over the batches of the number of experts with a token. */
  readonly distinct: number
  /** Mean over the batches of max / mean over 16 ranks (one per expert where there are fewer) of contiguous experts. */
  readonly imbalance: number
}

/** `rows`: row numbers [batch][token] of a table [token][slot]. */
export function batchLoads(
  table: Uint16Array,
  rows: Int32Array,
  size: number,
  { experts, topK }: Shape,
): BatchLoads {
  const ranks = Math.min(MOST_RANKS, experts)
  const batches = rows.length / size
  let distinct = 0
  let imbalance = 0
  for (let batch = 0; batch < batches; batch++) {
    const counts = new Float64Array(experts)
    for (const row of rows.subarray(batch * size, (batch + 1) * size)) {
      for (let at = row * topK; at < (row + 1) * topK; at++) counts[table[at]!]!++
    }
    for (const count of counts) if (count > 0) distinct++
    imbalance += maxOverMean(contiguousRanks(counts, ranks))!
  }
  return { distinct: distinct / batches, imbalance: imbalance / batches }
}

/** `drawnFrom`: selections [expert] of the tokens that batches are drawn from. */
export function setBatches(
  sheet: MeasureSheet,
  table: Uint16Array,
  batches: readonly Batches[],
  drawnFrom: Float64Array,
  shape: Shape,
): void {
  const { experts, topK } = shape
  for (const { size, rows, uniformImbalance } of batches) {
    const { distinct, imbalance } = batchLoads(table, rows, size, shape)
    sheet.set(`batch-${size}-distinct`, distinct, {
      uniform: experts * (1 - (1 - topK / experts) ** size),
      popularity: distinctByPopularity(drawnFrom, topK, size),
    })
    sheet.set(`batch-${size}-rank-max-over-mean`, imbalance, { uniform: uniformImbalance })
  }
}

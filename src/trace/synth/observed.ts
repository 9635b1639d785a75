// The statistics that knobs are fitted by, of generated layers.

import { hotPairShare, pairCounts } from '../statistics/pairs.ts'
import { spearman } from '../statistics/ranks.ts'
import { type Reuse, reuseOf } from '../statistics/reuse.ts'
import { coefficientOfVariation } from '../statistics/skew.ts'
import { countsOf, type TokenRows } from '../statistics/token-rows.ts'
import { coverageOf } from '../statistics/transitions.ts'
import type { LayerTargets } from './targets.ts'

interface Shape {
  readonly experts: number
  readonly topK: number
}

/** Of one layer's table [token][slot], and of the next layer's for coverage; the same definitions as of `targetsOf`. */
export function observedOf(
  layer: number,
  table: Uint16Array,
  next: Uint16Array | undefined,
  rows: TokenRows,
  shape: Shape,
): LayerTargets {
  const { experts, topK } = shape
  const phases = (['prefill', 'decode'] as const).flatMap((phase) => {
    const reuse = reuseOf(table, rows.requests, phase, shape)
    return reuse === undefined ? [] : [{ reuse, weight: rows[phase].length }]
  })
  const weights = phases.reduce((sum, { weight }) => sum + weight, 0)
  const mixed = (of: (reuse: Reuse) => number) =>
    phases.reduce((sum, { reuse, weight }) => sum + weight * of(reuse), 0) / weights
  const coverage = next && coverageOf({ from: table, to: next, experts, topK }, rows.halves())
  const pairShare = topK > 1 ? hotPairShare(pairCounts(table, experts, topK)) : undefined
  const phaseSpearman = rows.hasBothPhases
    ? spearman(countsOf(table, rows.prefill, shape), countsOf(table, rows.decode, shape))
    : undefined
  return {
    layer,
    cv: coefficientOfVariation(countsOf(table, rows.all, shape)) ?? 0,
    ...(coverage && { coverage: coverage.observed }),
    ...(weights > 0 && {
      reuse: mixed(({ observed }) => observed),
      sameRequest: mixed(({ sameRequest }) => sameRequest),
    }),
    ...(pairShare !== undefined && { pairShare }),
    ...(phaseSpearman !== undefined && { phaseSpearman }),
  }
}

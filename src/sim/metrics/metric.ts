// What a metric is: its unit, its definition, and how it follows from totals.
import type { Package } from '../../hardware/package.ts'
import type { Totals } from './totals.ts'

/** A share of what was counted; undefined where nothing was, so that there is nothing to have a share of. */
export const shareOf = (part: number, whole: number): number | undefined =>
  whole > 0 ? part / whole : undefined

export interface MetricDefinition {
  readonly unit: string
  readonly definition: string
  /** Where a paper describes it; absent: it is moesim's own. */
  readonly source?: string
  /** The largest of its layers, which says nothing about layers that were not simulated. */
  readonly isPeak?: true
  /** undefined: the metric says nothing about this run and is left out. */
  readonly of: (totals: Totals, pkg: Package) => number | undefined
}

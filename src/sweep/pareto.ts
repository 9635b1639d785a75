// The Pareto front of a sweep: the rows that no other row betters in one metric without being worse in another.
import { fail, nearest } from '../errors.ts'
import { METRICS } from '../sim/metrics/metrics.ts'
import type { MergedSweep } from './merge.ts'

/** Of these more is better; of all other metrics that can be an objective, less is. */
const MORE_IS_BETTER = new Set([
  'speedup',
  'throughput',
  'throughputDecode',
  'computeUtilization',
  'llcHits',
  'predictionCoverage',
  'predictionPrecision',
])

export const isMoreBetter = (metric: string) => MORE_IS_BETTER.has(metric)

/** Names of metrics to trade against each other. */
export type Objectives = readonly string[]

/** Reads `latency,energy`. Throws UserError. */
export function readObjectives(text: string): Objectives {
  const names = text.split(',').map((name) => name.trim())
  const allowed = ['speedup', ...Object.keys(METRICS)]
  for (const name of names) {
    if (allowed.includes(name)) continue
    const suggestion = nearest(name, allowed)
    fail(
      'unknown-name',
      { kind: 'metric', name, allowed, ...(suggestion && { suggestion }) },
      { file: `--pareto ${text}` },
    )
  }
  if (names.length < 2 || new Set(names).size < names.length) {
    const hint = 'such as --pareto latency,energy'
    fail('usage', { what: `--pareto takes two different metrics or more, got "${text}"`, hint })
  }
  return names
}

/** Throws UserError: metrics that no result has. */
export function failWithout(metrics: readonly string[]): never {
  const what = `no result has ${metrics.length > 1 ? 'all of ' : ''}${metrics.join(', ')}`
  const hint =
    'energy and area take constants in the hardware file, latencies of a phase a workload that has it'
  fail('usage', { what, hint })
}

/** A row is a scheduler at a point. */
export const rowKey = (index: number, schedulerId: string) => `${index} ${schedulerId}`

/**
 * Keys of the rows on the front; equal rows are all on it. A row without one of the metrics is not. Throws UserError where
 * no row has them all.
 */
export async function paretoFront(merged: MergedSweep, objectives: Objectives): Promise<Set<string>> {
  const rows: { readonly key: string; readonly costs: readonly number[] }[] = []
  for await (const { index, record } of merged.points()) {
    for (const { id, metrics } of record.results) {
      const values = objectives.map((name) => metrics[name]?.value)
      if (values.some((value) => value === undefined)) continue
      const costs = values.map((value, i) => (MORE_IS_BETTER.has(objectives[i]!) ? -value! : value!))
      rows.push({ key: rowKey(index, id), costs })
    }
  }
  if (rows.length === 0) {
    failWithout(objectives)
  }
  return new Set(frontOf(rows).map(({ key }) => key))
}

interface Costed {
  readonly costs: readonly number[]
}

/** The rows that no other dominates: none has all costs at most as high and one lower. */
export function frontOf<T extends Costed>(rows: readonly T[]): T[] {
  // Sorted by the first cost, then the second ..., a row comes after all that dominate it.
  const sorted = rows.toSorted((a, b) => {
    const differing = a.costs.findIndex((cost, i) => cost !== b.costs[i])
    return differing < 0 ? 0 : a.costs[differing]! - b.costs[differing]!
  })
  const front: T[] = []
  for (const row of sorted) {
    if (!front.some((other) => dominates(other, row))) front.push(row)
  }
  return front
}

function dominates(a: Costed, b: Costed): boolean {
  return a.costs.every((cost, i) => cost <= b.costs[i]!) && a.costs.some((cost, i) => cost < b.costs[i]!)
}

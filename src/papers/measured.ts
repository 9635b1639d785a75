// Short ways to read and tell what was measured, for the figures of any paper.
import { invariant } from '../errors.ts'
import type { Measured } from './lab.ts'

/** A metric of a scheduler at a point. */
export function metric(measured: Measured, id: string, name: string): number {
  const value = measured.get(id)?.metrics[name]?.value
  invariant(value !== undefined, () => `no ${name} of ${id}`)
  return value
}

/** Latency of `reference` over latency of `id`: above 1 where `id` is faster. */
export function speedup(measured: Measured, id: string, reference: string): number {
  return metric(measured, reference, 'latency') / metric(measured, id, 'latency')
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** A share as text, such as `12.3 %`. */
export function pct(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

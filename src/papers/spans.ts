// What a probe saw of one layer, as time series: busy shares in bins, and merged intervals of activity.
import type { Probe, Span } from '../sim/probe.ts'

/** Keeps every span of a run, in the order in which they end. */
export class SpanRecorder implements Probe {
  readonly spans: Span[] = []

  span(span: Span): void {
    this.spans.push(span)
  }

  of(kind: Span['kind']): Span[] {
    return this.spans.filter((span) => span.kind === kind)
  }
}

/** An interval of time in ps. */
export interface Interval {
  readonly startPs: number
  readonly endPs: number
}

/** Busy time of all `intervals` together in each bin [i * binPs, (i + 1) * binPs), over binPs. */
export function busyPerBin(intervals: readonly Interval[], binPs: number, bins: number): Float64Array {
  const busy = new Float64Array(bins)
  for (const { startPs, endPs } of intervals) {
    for (let bin = Math.floor(startPs / binPs); bin < bins && bin * binPs < endPs; bin++) {
      const insidePs = Math.min(endPs, (bin + 1) * binPs) - Math.max(startPs, bin * binPs)
      busy[bin] = busy[bin]! + insidePs / binPs
    }
  }
  return busy
}

/** The union of intervals: those that overlap or touch become one. Ascending. */
export function merged(intervals: readonly Interval[]): Interval[] {
  const union: { startPs: number; endPs: number }[] = []
  for (const { startPs, endPs } of [...intervals].sort((a, b) => a.startPs - b.startPs)) {
    const last = union.at(-1)
    if (last !== undefined && startPs <= last.endPs) last.endPs = Math.max(last.endPs, endPs)
    else if (endPs > startPs) union.push({ startPs, endPs })
  }
  return union
}

/** Total length of intervals that do not overlap. */
export function lengthPs(intervals: readonly Interval[]): number {
  return intervals.reduce((sum, { startPs, endPs }) => sum + endPs - startPs, 0)
}

/** Total time in which both of two ascending lists of disjoint intervals have one. */
export function overlapPs(a: readonly Interval[], b: readonly Interval[]): number {
  let sum = 0
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const endPs = Math.min(a[i]!.endPs, b[j]!.endPs)
    sum += Math.max(0, endPs - Math.max(a[i]!.startPs, b[j]!.startPs))
    if (a[i]!.endPs === endPs) i++
    else j++
  }
  return sum
}

/** Standard deviation over mean. */
export function variation(values: readonly number[]): number {
  const average = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / values.length
  return Math.sqrt(variance) / average
}

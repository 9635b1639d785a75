// The result of a run as data: metrics with units, per scheduler and per layer. The JSON contract of moesim.

export interface Metric {
  readonly value: number
  /** ps, B, B.hop, token/s, FLOP, ratio, count ... */
  readonly unit: string
  /** Half-width of the 95 % interval: over seeds where there are several, else over sampled layers (see aggregate.ts). */
  readonly ci95?: number
  /** The values that `value` is the mean of, in the order of the seeds: where there are several and all report the metric. */
  readonly bySeed?: readonly number[]
  /** Of the run and its repetitions with a late message, where there are any. */
  readonly jitter?: Jitter
}

export interface Jitter {
  readonly mean: number
  /** Standard deviation. */
  readonly spread: number
  /** The run itself first. */
  readonly values: readonly number[]
}

/** By name, in a fixed order: see sim/metrics/metrics.ts for every definition. */
export type Metrics = Readonly<Record<string, Metric>>

export interface LayerResult {
  readonly layer: number
  readonly metrics: Metrics
}

export interface SchedulerResult {
  /** Canonical: name plus non-default options, sorted; unique within a run. */
  readonly id: string
  readonly scheduler: string
  /** All resolved option values. */
  readonly options: Readonly<Record<string, boolean | number | string>>
  /** Which bound is the largest over the whole run: compute, memory, link or bisection. */
  readonly boundBy: string
  readonly metrics: Metrics
  readonly layers: readonly LayerResult[]
}

export interface Extrapolation {
  readonly quantity: 'tokens' | 'hidden' | 'intermediate' | 'experts' | 'topK' | 'weightBytes'
  readonly value: number
  /** Least and most. */
  readonly fitted: readonly [number, number]
}

export interface RunResult {
  readonly schemaVersion: 1
  /** Version of moesim. */
  readonly moesim: string
  /** Id of the scheduler that speedups refer to. */
  readonly baseline: string
  readonly seeds: readonly number[]
  /** The resolved experiment: hardware, model, workload, trace, schedulers, in base units. */
  readonly experiment: unknown
  readonly configSha256: string
  readonly traceSha256: string
  /** How many constants of the hardware are known in which way; absent where its file does not say. */
  readonly constants?: { readonly published: number; readonly fitted: number; readonly assumed: number }
  /** Quantities of the run outside of what the constants of its hardware were fitted on. */
  readonly extrapolated?: readonly Extrapolation[]
  readonly results: readonly SchedulerResult[]
}

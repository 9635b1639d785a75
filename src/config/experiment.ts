// A resolved experiment: everything a run depends on, validated, in base units. configSha256 is the hash of this.
import type { HardwareSpec } from '../hardware/spec.ts'
import type { ModelShape } from '../model/shape.ts'
import type { OptionValues } from '../schedulers/options.ts'
import type { Compat } from '../schedulers/scheduler.ts'
import type { GeneratorSpec } from '../trace/source.ts'

export type WorkloadSpec =
  /** Requests concatenated; each iteration takes the next `tokens` rows. */
  | { readonly kind: 'tokens'; readonly tokens: number; readonly iterations: number }
  /** Requests in lock step: prefill together, then one decode token each per step. */
  | { readonly kind: 'requests'; readonly requests: number; readonly decodeSteps: number | 'all' }

export type LayerSelection =
  | { readonly kind: 'all' }
  | { readonly kind: 'list'; readonly layers: readonly number[] }
  | { readonly kind: 'sample'; readonly count: number }

export interface SchedulerChoice {
  /** Canonical id; unique within an experiment. */
  readonly id: string
  /** Name in the scheduler table (a preset's underlying scheduler). */
  readonly scheduler: string
  readonly options: OptionValues
}

export interface Experiment {
  readonly name: string
  readonly hardware: HardwareSpec
  readonly model: ModelShape
  readonly routing:
    | { readonly kind: 'trace'; readonly path: string }
    | { readonly kind: 'generator'; readonly spec: GeneratorSpec }
  readonly workload: WorkloadSpec
  readonly layers: LayerSelection
  readonly schedulers: readonly SchedulerChoice[]
  /** Id of one of `schedulers`. */
  readonly baseline: string
  readonly seed: number
  /** Runs with seed, seed + 1, ... */
  readonly seeds: number
  readonly compat: Compat
  readonly output: { readonly format: OutputFormat; readonly file?: string | undefined }
}

export const OUTPUT_FORMATS = ['table', 'json', 'csv', 'markdown'] as const
export type OutputFormat = (typeof OUTPUT_FORMATS)[number]

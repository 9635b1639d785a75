// A resolved experiment: everything a run depends on, validated, in base units. configSha256 is the hash of this.

import type { Compat } from '../../hardware/package.ts'
import type { HardwareSpec } from '../../hardware/spec.ts'
import type { ModelShape } from '../../model/shape.ts'
import type { OptionValues } from '../../schedulers/options.ts'
import type { ExpertMap } from '../../schedulers/placements/expert-map.ts'
import type { EndToEnd } from '../../sim/end-to-end.ts'
import type { TraceFormatId } from '../../trace/formats/format-ids.ts'
import type { CountedSpec, GeneratorSpec } from '../../trace/synth/generator-spec.ts'

export type WorkloadSpec =
  /** Each iteration takes the next `tokens` rows: of one request after the other, or of `concurrent` requests in equal parts. */
  | {
      readonly kind: 'tokens'
      readonly tokens: number
      readonly iterations: number
      readonly concurrent?: number | undefined
    }
  /** Requests in lock step: prefill together, then one decode token each per step. */
  | {
      readonly kind: 'requests'
      readonly requests: number
      readonly decodeSteps: number | 'all'
      /** Fills a batch larger than the trace by drawing its requests again, with this seed; absent: that is refused. */
      readonly resampleSeed?: number | undefined
    }

export type LayerSelection =
  | { readonly kind: 'all' }
  | { readonly kind: 'list'; readonly layers: readonly number[] }
  | { readonly kind: 'sample'; readonly count: number }

/** A placement file that a scheduler names. */
export interface PlacementFile {
  /** Without its folder. */
  readonly file: string
  readonly sha256: string
  readonly map: ExpertMap
}

export interface SchedulerChoice {
  /** Canonical id; unique within an experiment. */
  readonly id: string
  /** Name in the scheduler table (a preset's underlying scheduler). */
  readonly scheduler: string
  readonly options: OptionValues
  /** Where experts lie, where the options name a file for it. */
  readonly placement?: PlacementFile | undefined
}

export interface Experiment {
  readonly name: string
  readonly hardware: HardwareSpec
  readonly model: ModelShape
  readonly routing: /** `format`: what to read it as; absent: what its content shows. */
    | { readonly kind: 'trace'; readonly path: string; readonly format?: TraceFormatId | undefined }
    | { readonly kind: 'generator'; readonly spec: GeneratorSpec }
    /** Generated with the popularity of experts that the trace at `path`, tokens or histograms, counts. */
    | { readonly kind: 'counts'; readonly path: string; readonly spec: CountedSpec }
  readonly workload: WorkloadSpec
  /** Absent: MoE layers alone. */
  readonly endToEnd?: EndToEnd | undefined
  /** Whether to find what the best schedule could do; absent: not. */
  readonly optimum?: true | undefined
  readonly layers: LayerSelection
  readonly schedulers: readonly SchedulerChoice[]
  /** Id of one of `schedulers`. */
  readonly baseline: string
  readonly seed: number
  /** Runs with seed, seed + 1, ... */
  readonly seeds: number
  /** Repetitions of every run with one message of each layer and iteration a cycle late; 0 = none. */
  readonly jitter: number
  readonly compat: Compat
  readonly output: { readonly format: OutputFormat; readonly file?: string | undefined }
}

export const OUTPUT_FORMATS = ['table', 'json', 'csv', 'markdown'] as const
export type OutputFormat = (typeof OUTPUT_FORMATS)[number]

// What `moesim trace synth` is told on the command line, and the knobs that follow from it.
import type { TraceFormatId } from '../../trace/formats/format-ids.ts'
import type { GeneratorSpec, RoutingShape } from '../../trace/synth/generator-spec.ts'

export interface SynthOptions {
  readonly to?: 'csv' | 'parquet'
  readonly preset?: string
  readonly like?: string
  readonly from?: TraceFormatId
  readonly knobs?: string
  readonly model?: string
  readonly layers?: string
  readonly requests?: string
  readonly promptTokens?: string
  readonly answerTokens?: string
  readonly lengthSpread?: string
  readonly skew?: string
  readonly topics?: string
  readonly reuse?: string
  readonly classes?: string
  readonly affinity?: string
  readonly focus?: string
  readonly persistence?: string
  readonly coactivation?: string
  readonly drift?: string
  readonly arrivals?: string
  readonly seed?: string
  readonly saveKnobs?: string
  readonly quiet?: boolean
}

export interface ChosenKnobs {
  readonly model: string
  readonly shape: RoutingShape
  readonly spec: GeneratorSpec
}

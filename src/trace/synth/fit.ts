// Fits the knobs of the generator to the statistics of a trace: generates, measures, turns each knob towards its statistic.

import { TokenRows } from '../statistics/token-rows.ts'
import type { DepthValue } from './depth.ts'
import type { GeneratorSpec, RoutingShape } from './generator-spec.ts'
import type { LayerPopularity, StructureKnobs } from './knobs.ts'
import { LayerStream } from './layer-stream.ts'
import { observedOf } from './observed.ts'
import { requestsOf } from './requests.ts'
import type { LayerTargets } from './targets.ts'

export interface FitRequest {
  readonly shape: RoutingShape
  readonly targets: readonly LayerTargets[]
  /** Measured tables, where the trace itself is at hand; otherwise skew and drift are fitted as well. */
  readonly tables: Pick<StructureKnobs, 'popularity' | 'lengths'> | undefined
  readonly requests: number
  readonly prefillTokens: number
  readonly decodeTokens: number
  /** Of the routing that is generated to measure; that which is asked for later may have another. */
  readonly seed: number
  /** Told after every round. */
  readonly onProgress?: (done: number, total: number) => Promise<void>
}

/** What turns each knob of a layer: how far it goes for one unit of its statistic, and its range. */
const TURNS = {
  affinity: { of: 'coverage', gain: 3, most: 5 },
  reuse: { of: 'reuse', gain: 0.5, most: 1 },
  coactivation: { of: 'pairShare', gain: 1, most: 0.95 },
  skew: { of: 'cv', gain: 0.7, most: 6 },
  drift: { of: 'phaseSpearman', gain: -0.7, most: 1 },
  spread: { of: 'cv', gain: 0.7, most: 1 },
  likeness: { of: 'phaseSpearman', gain: 0.7, most: 1 },
} as const satisfies Record<string, { of: keyof LayerTargets; gain: number; most: number }>

type LayerKnob = keyof typeof TURNS
type LayerKnobs = { -readonly [K in LayerKnob]: number }

const START: LayerKnobs = {
  affinity: 1,
  reuse: 0,
  coactivation: 0,
  skew: 1,
  drift: 0.5,
  spread: 1,
  likeness: 0,
}
/** Numbers of kinds of token that are tried: of few, hot pairs are hotter at the same predictability of the next layer. */
const CLASSES = [6, 12, 24, 48] as const
/** Beyond, few tokens of a request are of another kind at all, and the rest of the reuse is for the knob of that name. */
const MOST_PERSISTENCE = 0.75
const ROUNDS_TO_CHOOSE = 5
const ROUNDS_TO_END = 9
/** Turns shrink by this from round to round, so that what is left at the end is not the noise of the last one. */
const CALMING = 0.9
/** Knobs turned before partners are: these pay in predictability for every pair, so that kinds of token do what they can. */
const FIRST: readonly LayerKnob[] = ['affinity', 'skew', 'drift', 'spread', 'likeness']
const ALL: readonly LayerKnob[] = [...FIRST, 'reuse', 'coactivation']

/**
 * Knobs whose routing has the targets, as nearly as they can have. Some numbers of kinds of token are tried for a few rounds, the
 * one that comes closest is kept. Nothing is random but the routing itself, so equal input gives equal knobs.
 */
export async function fitKnobs(request: FitRequest): Promise<Fit> {
  const { onProgress } = request
  const rounds = CLASSES.length * ROUNDS_TO_CHOOSE + ROUNDS_TO_END
  let done = 0
  const turn = async (state: FitState, knobs: readonly LayerKnob[], round: number) => {
    state.turn(knobs, CALMING ** round)
    await onProgress?.(++done, rounds)
  }
  let best: { readonly state: FitState; readonly error: number } | undefined
  for (const classes of CLASSES) {
    const state = new FitState(request, classes)
    for (let round = 0; round < ROUNDS_TO_CHOOSE; round++) await turn(state, FIRST, round)
    const error = state.error()
    if (best === undefined || error < best.error) best = { state, error }
  }
  const { state } = best!
  for (let round = 0; round < ROUNDS_TO_END; round++) await turn(state, ALL, round)
  return { spec: state.spec(), error: state.error() }
}

export interface Fit {
  readonly spec: GeneratorSpec
  /** Mean over layers and statistics of the distance from the target. */
  readonly error: number
}

class FitState {
  private readonly request: FitRequest
  private readonly classes: number
  private readonly knobs: ReadonlyMap<number, LayerKnobs>
  private focus = 0.3
  private persistence = 0.1

  constructor(request: FitRequest, classes: number) {
    this.request = request
    this.classes = classes
    this.knobs = new Map(request.targets.map(({ layer }) => [layer, { ...START }]))
  }

  spec(): GeneratorSpec {
    const { tables, requests, prefillTokens, decodeTokens, shape } = this.request
    const isMeasured = tables?.popularity !== undefined
    const depth = (knob: LayerKnob): DepthValue =>
      [...this.knobs].map(([layer, knobs]) => [layer, rounded(knobs[knob])] as const)
    return {
      ...{ requests, prefillTokens, decodeTokens, topics: 1 },
      skew: isMeasured ? 0 : depth('skew'),
      reuse: depth('reuse'),
      structure: {
        ...{ classes: this.classes, focus: rounded(this.focus), affinity: depth('affinity') },
        ...(shape.topK > 1 && { coactivation: depth('coactivation') }),
        ...(!isMeasured && prefillTokens > 0 && decodeTokens > 0 && { drift: depth('drift') }),
        persistence: rounded(this.persistence),
        ...(tables?.lengths && { lengths: tables.lengths }),
        ...(tables?.popularity && { popularity: this.popularity(tables.popularity) }),
      },
    }
  }

  /** As measured, but narrowed: a trace's counts hold its own noise, and what is drawn by them has noise once more. */
  private popularity(measured: readonly LayerPopularity[]): LayerPopularity[] {
    const { topK, experts } = this.request.shape
    return measured.map(({ layer, prefill, decode }) => {
      const { spread, likeness } = this.knobs.get(layer)!
      const mean = topK / experts
      const narrowed = (share: number) => digits(mean + spread * (share - mean), 6)
      return {
        layer,
        prefill: prefill.map(narrowed),
        decode: decode.map((share, expert) => narrowed(share + likeness * (prefill[expert]! - share))),
      }
    })
  }

  turn(knobsToTurn: readonly LayerKnob[], calm: number): void {
    const { targets } = this.request
    const observed = this.observe()
    const missing = (of: keyof LayerTargets, place: number) => {
      const target = targets[place]?.[of]
      const found = observed[place]?.[of]
      return target === undefined || found === undefined ? undefined : target - found
    }
    for (const [place, { layer }] of targets.entries()) {
      const knobs = this.knobs.get(layer)!
      for (const knob of knobsToTurn) {
        const { of, gain, most } = TURNS[knob]
        // Coverage of the next layer depends on both layers' affinity.
        const errors = (knob === 'affinity' ? [place - 1, place] : [place]).flatMap(
          (at) => missing(of, at) ?? [],
        )
        if (errors.length === 0) continue
        // Partners cost predictability: where that is short already, hot pairs have to wait.
        const short = knob === 'coactivation' ? Math.max(0, missing('coverage', place) ?? 0) : 0
        knobs[knob] = between(knobs[knob] + gain * calm * (mean(errors) - short), most)
      }
    }
    const near = targets.flatMap((_, place) => missing('reuse', place) ?? [])
    if (near.length > 0) {
      this.persistence = between(this.persistence + calm * mean(near) * 2, MOST_PERSISTENCE)
    }
    const wide = targets.flatMap((_, place) => missing('sameRequest', place) ?? [])
    if (wide.length > 0) this.focus = between(this.focus + calm * mean(wide) * 2, 0.95)
  }

  error(): number {
    const { targets } = this.request
    const observed = this.observe()
    const errors = targets.flatMap((target, place) =>
      (['coverage', 'reuse', 'sameRequest', 'pairShare', 'cv'] as const).flatMap((of) =>
        target[of] === undefined || observed[place]![of] === undefined
          ? []
          : Math.abs(target[of] - observed[place]![of]!),
      ),
    )
    return errors.length === 0 ? 0 : mean(errors)
  }

  private observe(): LayerTargets[] {
    const { shape, seed, targets } = this.request
    const spec = this.spec()
    const requests = requestsOf(spec, seed)
    const rows = new TokenRows(requests)
    const tables = targets.map(({ layer }) => new LayerStream(spec, shape, seed, layer).next(requests))
    return targets.map(({ layer }, place) => {
      const hasNext = shape.layers[shape.layers.indexOf(layer) + 1] === targets[place + 1]?.layer
      return observedOf(layer, tables[place]!, hasNext ? tables[place + 1] : undefined, rows, shape)
    })
  }
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length
const between = (value: number, most: number) => Math.max(0, Math.min(value, most))
const digits = (value: number, count: number) => Math.round(value * 10 ** count) / 10 ** count
const rounded = (value: number) => digits(value, 4)

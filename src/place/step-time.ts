// How long steps of a part take under one placement and another: simulated token by token.
import type { Package } from '../hardware/package.ts'
import type { OptionValues } from '../schedulers/options.ts'
import type { Slots } from '../schedulers/placements/search/problem.ts'
import { seatTokens } from '../sim/batch.ts'
import type { Iteration } from '../sim/iteration.ts'
import { simulateLayer } from '../sim/layer.ts'
import type { RoutingSource, TraceRequest } from '../trace/source.ts'
import { type Span, unitsOf } from './source.ts'

/** Times of one layer in one step. */
export interface StepTime {
  readonly beforePs: number
  readonly afterPs: number
}

export interface TimedLayer {
  readonly layer: number
  readonly before: Slots
  readonly after: Slots
}

export interface StepSetting {
  readonly pkg: Package
  readonly source: RoutingSource
  /** Options of ep that both placements run under. */
  readonly options: OptionValues
  /** Of a step, at most: a smaller part has fewer. */
  readonly tokens: number
  readonly checkpoint: () => Promise<void>
}

/** One step from the beginning of a part, MoE layers alone. Throws UserError. */
export async function stepTime(setting: StepSetting, span: Span, layer: TimedLayer): Promise<StepTime> {
  const { pkg, source, options, tokens, checkpoint } = setting
  const total = source.requests.reduce((sum, request) => sum + request.tokens, 0)
  const [from, to] = unitsOf(span, total)
  const iterations = [stepOf(source.requests, from, Math.min(to, from + tokens))]
  const restingDie = seatTokens(pkg.topology, iterations, 'tokens')
  const run = (slots: Slots) => ({
    scheduler: 'ep',
    options,
    slots: new Map([[layer.layer, slots]]),
  })
  const place = { pkg, routing: source, layer: layer.layer, iterations, restingDie }
  const [before, after] = await simulateLayer(place, [run(layer.before), run(layer.after)], checkpoint)
  return { beforePs: before!.latencyPs, afterPs: after!.latencyPs }
}

/** The step that takes rows `from` to `to` of a trace. */
function stepOf(requests: readonly TraceRequest[], from: number, to: number): Iteration {
  const owners = new Int32Array(to - from)
  let first = 0
  for (const [index, { tokens }] of requests.entries()) {
    owners.fill(index, Math.max(0, first - from), Math.max(0, first + tokens - from))
    first += tokens
  }
  return {
    phase: 'mixed',
    rows: Int32Array.from({ length: to - from }, (_, i) => from + i),
    requests: owners,
  }
}

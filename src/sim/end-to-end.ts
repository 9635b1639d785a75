// A forward pass around the routed experts, added to totals: layer by layer, and for layers without routed experts.
import type { Package } from '../hardware/package.ts'
import type { AttentionForm } from '../model/attention.ts'
import { denseLayers, hiddenBytes, type ModelShape, sharedWidth } from '../model/shape.ts'
import type { Arrivals } from './deferral/flow.ts'
import type { DeferralPlan } from './deferral/plan.ts'
import type { Iteration } from './iteration.ts'
import { PassParts } from './metrics/roofline.ts'
import { addPart, Totals } from './metrics/totals.ts'

/** A run through whole layers: attention, router and shared experts beside the routed ones. */
export interface EndToEnd {
  /** Tokens of context that every token attends to. */
  readonly contextTokens: number
}

/** What comes to a layer where no request pauses. */
export function allArriving({ phase, rows, requests }: Iteration): Arrivals {
  return { phase, tokens: rows.length, requests: new Set(requests).size }
}

/** Attention and router of what arrives at an MoE layer, and shared experts of what goes through its routed ones. */
export function addLayerParts(
  totals: Totals,
  parts: PassParts,
  model: ModelShape,
  layer: number,
  arrivals: Arrivals,
  { phase, rows }: Iteration,
): void {
  addAttention(totals, parts, layer, arrivals, 1)
  if (arrivals.tokens > 0) addPart(totals, 'router', parts.router(arrivals.tokens), arrivals.phase)
  const width = sharedWidth(model)
  if (width > 0 && rows.length > 0) {
    addPart(totals, 'shared', parts.feedForward(rows.length, width, 'shared'), phase)
  }
}

/** What belongs to a run and not to one of its MoE layers. `layers`: those that are simulated. */
export function totalsOutsideLayers(
  pkg: Package,
  endToEnd: EndToEnd | undefined,
  iterations: readonly Iteration[],
  layers: readonly number[],
  plan: DeferralPlan | undefined,
): Totals {
  const totals = new Totals()
  totals.deferrals = plan?.deferrals
  totals.flushIterations = plan?.flushIterations
  if (endToEnd === undefined) return totals
  const { model } = pkg
  const parts = new PassParts(pkg, endToEnd.contextTokens)
  // Of a model whose MoE layers are sampled, so much of the others counts.
  const share = layers.length / model.moeLayers.length
  const all = iterations.map(allArriving)
  for (const dense of denseLayers(model)) {
    for (const arrivals of plan ? planned(plan, model, dense) : all) {
      addAttention(totals, parts, dense, arrivals, share)
      if (arrivals.tokens === 0) continue
      const cost = parts.feedForward(arrivals.tokens, model.denseIntermediate!)
      addPart(totals, 'dense', cost, arrivals.phase, share)
    }
  }
  for (const { tokens, requests, phase } of plan ? plan.finished : all) {
    if (model.vocabulary === undefined || tokens === 0) continue
    addPart(totals, 'head', parts.head(tokens, requests, model.vocabulary), phase, share)
  }
  return totals
}

/** What comes to a layer without routed experts: all that goes on to the next MoE layer, or to the end. */
function planned(plan: DeferralPlan, { moeLayers }: ModelShape, dense: number): readonly Arrivals[] {
  return plan.layers[moeLayers.findIndex((layer) => layer > dense)]?.arrivals ?? plan.finished
}

function addAttention(
  totals: Totals,
  parts: PassParts,
  layer: number,
  arrivals: Arrivals,
  share: number,
): void {
  const { tokens, requests, phase } = arrivals
  if (tokens === 0) return
  const cost = parts.attention(tokens, requests, attentionForm(phase), layer)
  addPart(totals, 'attention', cost, phase, share)
}

/** Latent attention is absorbed wherever decode steps are among the tokens. */
export function attentionForm(phase: Iteration['phase']): AttentionForm {
  return phase === 'prefill' ? 'prefill' : 'absorbed'
}

/** Bytes of an expert id among the results of a gate. */
const EXPERT_ID_BYTES = 2

/** Bytes by die that paused tokens take: activations, and for each chosen expert its id and weight. */
export function pausedBytes(model: ModelShape, pausedTokens: Int32Array): Float64Array {
  const gateBytes = model.topK * (EXPERT_ID_BYTES + model.activationBytes)
  return Float64Array.from(pausedTokens, (tokens) => tokens * (hiddenBytes(model) + Math.ceil(gateBytes)))
}

// The routing of one layer of synthetic requests, made request by request: puts the knobs together.
import { randomStream } from '../../engine/random.ts'
import { invariant } from '../../errors.ts'
import type { TraceRequest } from '../source.ts'
import { classTilts, classWeights } from './class-weights.ts'
import { weightsFor } from './counted-routing.ts'
import { atDepth } from './depth.ts'
import { drifted } from './drift.ts'
import type { GeneratorSpec, RoutingShape } from './generator-spec.ts'
import { partnersByPopularity } from './partners.ts'
import { layerPopularity } from './popularity.ts'
import { requestsOf } from './requests.ts'
import { TokenClasses } from './token-classes.ts'
import { fillToken, fillTokenInPairs, type Partners } from './token-fill.ts'
import { TokenSampler } from './token-sampler.ts'

const PHASES = ['prefill', 'decode'] as const

/** What a topic of requests draws its tokens with, of each phase: one sampler per kind of token. */
interface PhaseSamplers {
  readonly samplers: readonly TokenSampler[]
  readonly partners: Partners | undefined
}

/** Asked for all requests in order, in pieces of any size, it gives the same bytes. Its random numbers are its own. */
export class LayerStream {
  private readonly spec: GeneratorSpec
  private readonly shape: RoutingShape
  private readonly layer: number
  private readonly stream: (purpose: string) => () => number
  private readonly random: () => number
  private readonly reuse: number
  /** Weights [phase][topic][expert]; the phases are one array where they do not differ. */
  private readonly popularity: readonly (readonly Float64Array[])[]
  private readonly classes: TokenClasses | undefined
  private readonly tilts: readonly Float64Array[]
  /** Of the kinds [phase][kind]. */
  private readonly frequencies: readonly Float64Array[]
  private readonly made = new Map<Float64Array, PhaseSamplers>()
  private request = 0

  constructor(spec: GeneratorSpec, shape: RoutingShape, seed: number, layer: number) {
    this.spec = spec
    this.shape = shape
    this.layer = layer
    this.stream = (purpose) => randomStream(seed, `routing/layer-${layer}/${purpose}`)
    this.random = this.stream('tokens')
    this.reuse = atDepth(spec.reuse, layer)
    this.popularity = this.phasePopularity()
    const { classes = 0, affinity = 0 } = spec.structure ?? {}
    const tilt = atDepth(affinity, layer)
    const hasClasses = classes > 1 && tilt > 0
    this.classes = hasClasses ? new TokenClasses(spec.structure ?? {}, seed) : undefined
    this.tilts = hasClasses ? classTilts(classes, shape.experts, tilt, this.stream('tilts')) : []
    this.frequencies = this.classes ? phaseFrequencies(this.classes, requestsOf(spec, seed)) : []
  }

  /** Expert ids [token][slot] of the next requests. */
  next(requests: readonly TraceRequest[]): Uint16Array {
    const { topK } = this.shape
    const tokens = requests.reduce((sum, request) => sum + request.tokens, 0)
    const ids = new Uint16Array(tokens * topK)
    let at = 0
    for (const request of requests) at = this.fillRequest(ids, at, request)
    return ids
  }

  private fillRequest(ids: Uint16Array, start: number, { prefillTokens, tokens }: TraceRequest): number {
    const { topics, requests } = this.spec
    const topic = Math.floor((this.request * topics) / requests)
    this.classes?.begin(this.request)
    const end = start + tokens * this.shape.topK
    const split = start + prefillTokens * this.shape.topK
    const [prefill, decode] = this.popularity.map((weights, phase) => this.samplersOf(weights[topic]!, phase))
    this.fillTokens(ids, start, split, true, prefill!)
    this.fillTokens(ids, split, end, split === start, decode!)
    this.request++
    return end
  }

  private fillTokens(
    ids: Uint16Array,
    start: number,
    end: number,
    isStart: boolean,
    { samplers, partners }: PhaseSamplers,
  ): void {
    const { random, classes } = this
    const { topK } = this.shape
    for (let at = start; at < end; at += topK) {
      const reuse = isStart && at === start ? 0 : this.reuse
      const sampler = samplers[classes === undefined ? 0 : classes.next()]!
      if (partners === undefined) fillToken(ids, at, topK, reuse, sampler, random)
      else fillTokenInPairs(ids, at, topK, reuse, sampler, partners, random)
    }
  }

  private phasePopularity(): readonly (readonly Float64Array[])[] {
    const { spec, shape, layer } = this
    const { popularity, drift = 0 } = spec.structure ?? {}
    if (popularity !== undefined) {
      const measured = popularity.find(({ layer: id }) => id === layer)
      invariant(measured !== undefined, () => `layer ${layer} asked of popularity that has it not`)
      return PHASES.map((phase) => {
        const weights = weightsFor(Float64Array.from(measured[phase]), shape.topK, shape.router)
        return Array.from({ length: spec.topics }, () => weights)
      })
    }
    const skew = atDepth(spec.skew, layer)
    const prefill = layerPopularity(shape.experts, spec.topics, skew, this.stream('popularity'))
    const change = atDepth(drift, layer)
    if (change === 0) return [prefill, prefill]
    // One stream for all topics would draw another change for each; what the phases do to an expert is common to them.
    const decode = prefill.map((weights) => drifted(weights, change, skew, this.stream('drift')))
    return [prefill, decode]
  }

  /** Made once for each array of weights. */
  private samplersOf(weights: Float64Array, phase: number): PhaseSamplers {
    const known = this.made.get(weights)
    if (known !== undefined) return known
    const { topK, router } = this.shape
    const ofClasses = this.classes
      ? classWeights(weights, topK, this.tilts, this.frequencies[phase]!)
      : [weights]
    const chance = atDepth(this.spec.structure?.coactivation ?? 0, this.layer)
    const samplers = {
      samplers: ofClasses.map((of) => new TokenSampler(of, router)),
      partners: chance > 0 ? { of: partnersByPopularity(weights), chance } : undefined,
    }
    this.made.set(weights, samplers)
    return samplers
  }
}

/** Where the phases share their popularity they share its samplers, and these the kinds' frequencies in prefill. */
function phaseFrequencies(classes: TokenClasses, requests: readonly TraceRequest[]): Float64Array[] {
  return [
    classes.frequencies(requests, ({ prefillTokens }) => prefillTokens),
    classes.frequencies(requests, ({ prefillTokens, tokens }) => tokens - prefillTokens),
  ]
}

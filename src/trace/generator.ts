// Synthetic routing: skewed, sticky, seeded, made one layer at a time.
import { randomStream } from '../engine/random.ts'
import { invariant } from '../errors.ts'
import type { Io } from '../io.ts'
import { checkGeneratorInput, type RoutingShape } from './generator-spec.ts'
import { layerPopularity } from './popularity.ts'
import type { GeneratorSpec, RoutingSource, TraceRequest } from './source.ts'
import { TokenSampler } from './token-sampler.ts'

/** Raised whenever the same spec, shape and seed would give other routing than before: it is part of the hash. */
const GENERATOR_VERSION = 1

/**
 * Routing with two knobs. `skew` is the standard deviation of the logarithm of an expert's popularity in a layer
 * (0: uniform); `reuse` the chance that a slot keeps an expert of the request's previous token, the other slots
 * being drawn by popularity without repeats. Requests fall into `topics` contiguous ranges with an own popularity.
 *
 * Nothing is stored: `layerExperts` makes the layer anew, the same at every call, whatever was asked before.
 * `sha256` is of (generator version, spec, shape, seed), since hashing the routing would mean making all of it.
 * Throws UserError for impossible values.
 */
export function generateRouting(
  io: Pick<Io, 'hash'>,
  spec: GeneratorSpec,
  shape: RoutingShape,
  seed: number,
): RoutingSource {
  checkGeneratorInput(spec, shape, seed)
  const tokens = spec.prefillTokens + spec.decodeTokens
  const requests: TraceRequest[] = Array.from({ length: spec.requests }, (_, index) => ({
    id: String(index),
    prefillTokens: spec.prefillTokens,
    tokens,
  }))
  const layers = [...shape.layers]
  return {
    label:
      `generator (skew ${spec.skew}, reuse ${spec.reuse}, topics ${spec.topics}, ` +
      `${spec.requests} requests of ${spec.prefillTokens}+${spec.decodeTokens} tokens, seed ${seed})`,
    kind: 'generator',
    experts: shape.experts,
    topK: shape.topK,
    layers,
    requests,
    sha256: generatorHash(io, spec, shape, seed),
    layerExperts: (layer) => generateLayer(spec, shape, seed, layer),
  }
}

function generatorHash(io: Pick<Io, 'hash'>, spec: GeneratorSpec, shape: RoutingShape, seed: number): string {
  const { skew, reuse, topics, requests, prefillTokens, decodeTokens } = spec
  const router = shape.router ? [shape.router.groups, shape.router.groupsPerToken] : null
  const hash = io.hash()
  hash.update(
    JSON.stringify([
      ['moesim-generator', GENERATOR_VERSION, seed],
      [skew, reuse, topics, requests, prefillTokens, decodeTokens],
      [shape.experts, shape.topK, shape.layers, router],
    ]),
  )
  return hash.hex()
}

/** Expert ids of one layer, [token][slot] over all requests: what the source's `layerExperts` returns. */
export function generateLayer(
  spec: GeneratorSpec,
  shape: RoutingShape,
  seed: number,
  layer: number,
): Uint16Array {
  invariant(
    shape.layers.includes(layer),
    () => `layer ${layer} asked of a generator for ${shape.layers.join(', ')}`,
  )
  const stream = (purpose: string) => randomStream(seed, `routing/layer-${layer}/${purpose}`)
  const popularity = layerPopularity(shape.experts, spec.topics, spec.skew, stream('popularity'))
  const random = stream('tokens')
  const { topK } = shape
  const tokens = spec.prefillTokens + spec.decodeTokens
  const ids = new Uint16Array(spec.requests * tokens * topK)
  const samplers = new Map<number, TokenSampler>()
  let at = 0
  for (let request = 0; request < spec.requests; request++) {
    const topic = Math.floor((request * spec.topics) / spec.requests)
    const sampler = samplers.get(topic) ?? new TokenSampler(popularity[topic]!, shape.router)
    samplers.set(topic, sampler)
    for (let token = 0; token < tokens; token++, at += topK) {
      fillToken(ids, at, topK, token === 0 ? 0 : spec.reuse, sampler, random)
    }
  }
  return ids
}

/** Writes the token at `at`; the previous token stands just before it. */
function fillToken(
  ids: Uint16Array,
  at: number,
  topK: number,
  reuse: number,
  sampler: TokenSampler,
  random: () => number,
): void {
  sampler.begin()
  let kept = 0
  // Kept experts come first, because they are taken before the others are drawn around them.
  for (let slot = 0; reuse > 0 && slot < topK; slot++) {
    if (random() >= reuse) continue
    const expert = ids[at - topK + slot]!
    sampler.keep(expert)
    ids[at + kept++] = expert
  }
  if (kept < topK) sampler.openGroups(random)
  for (let slot = kept; slot < topK; slot++) ids[at + slot] = sampler.draw(random)
}

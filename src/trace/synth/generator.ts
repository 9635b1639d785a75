// Synthetic routing: skewed, sticky, seeded, made one layer at a time.
import { invariant } from '../../errors.ts'
import type { Io } from '../../io.ts'
import type { RoutingSource } from '../source.ts'
import { depthText } from './depth.ts'
import type { GeneratorSpec } from './generator-spec.ts'
import { checkGeneratorInput, type RoutingShape } from './generator-spec.ts'
import { LayerStream } from './layer-stream.ts'
import { requestsOf } from './requests.ts'

/** Raised whenever the same spec, shape and seed would give other routing than before: it is part of the hash. */
const GENERATOR_VERSION = 1

/**
 * Routing by knobs. `skew` is the standard deviation of the logarithm of an expert's popularity in a layer
 * (0: uniform); `reuse` the chance that a slot keeps an expert of the request's previous token, the other slots
 * being drawn by popularity without repeats. Requests fall into `topics` contiguous ranges with an own popularity. Skew and
 * reuse may change with depth; the knobs of `structure` are explained in synth/knobs.ts.
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
  const requests = requestsOf(spec, seed)
  const layers = [...shape.layers]
  const sha256 = generatorHash(io, spec, shape, seed)
  return {
    label: labelOf(spec, seed),
    kind: 'generator',
    experts: shape.experts,
    topK: shape.topK,
    layers,
    requests,
    sha256,
    portable: { kind: 'generator', sha256, spec, shape, seed },
    layerExperts: (layer) => generateLayer(spec, shape, seed, layer),
  }
}

/** What the generator is told, for people. */
export function labelOf(spec: GeneratorSpec, seed: number): string {
  const { skew, reuse, topics, requests, prefillTokens, decodeTokens, structure = {} } = spec
  const parts = [
    `skew ${structure.popularity ? 'measured' : depthText(skew)}`,
    `reuse ${depthText(reuse)}`,
    `topics ${topics}`,
    ...(structure.classes ? [`classes ${structure.classes}`] : []),
    ...KNOBS.flatMap((knob) => {
      const value = structure[knob]
      return value === undefined || value === 0 ? [] : [`${knob} ${depthText(value)}`]
    }),
    `${requests} requests of ${prefillTokens}+${decodeTokens} tokens`,
    `seed ${seed}`,
  ]
  return `generator (${parts.join(', ')})`
}

const KNOBS = ['affinity', 'focus', 'persistence', 'coactivation', 'drift', 'lengthSpread'] as const

function generatorHash(io: Pick<Io, 'hash'>, spec: GeneratorSpec, shape: RoutingShape, seed: number): string {
  const { skew, reuse, topics, requests, prefillTokens, decodeTokens, structure } = spec
  const router = shape.router ? [shape.router.groups, shape.router.groupsPerToken] : null
  const hash = io.hash()
  hash.update(
    JSON.stringify([
      ['moesim-generator', GENERATOR_VERSION, seed],
      [skew, reuse, topics, requests, prefillTokens, decodeTokens],
      [shape.experts, shape.topK, shape.layers, router],
      ...(structure ? [structure] : []),
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
  return new LayerStream(spec, shape, seed, layer).next(requestsOf(spec, seed))
}

// Routing as plain data, for other threads: how to make it, or its tables in memory that threads share.
import { invariant } from '../errors.ts'
import { Recent } from '../recent.ts'
import { sharedInts } from '../shared-ints.ts'
import type { GeneratorSpec, LayerRouting, RoutingSource } from './source.ts'
import { type CountedShares, type CountedSpec, countedLayer } from './synth/counted-routing.ts'
import { generateLayer } from './synth/generator.ts'
import type { RoutingShape } from './synth/generator-spec.ts'
import { requestsOf } from './synth/requests.ts'

/** Survives a structured clone, which copies none of the tables of a file: they lie in shared memory. */
export type PortableRouting =
  | {
      readonly kind: 'generator'
      readonly sha256: string
      readonly spec: GeneratorSpec
      readonly shape: RoutingShape
      readonly seed: number
    }
  | {
      readonly kind: 'counts'
      readonly sha256: string
      readonly shares: CountedShares
      readonly spec: CountedSpec
      readonly shape: RoutingShape
      readonly seed: number
    }
  | {
      readonly kind: 'tables'
      readonly sha256: string
      /** Of each request. */
      readonly tokens: Int32Array
      readonly tables: ReadonlyMap<number, Uint16Array>
    }

/** The portable form of a source that was read from files. */
export function portableTables(source: RoutingSource): PortableRouting {
  const { sha256, requests, layers } = source
  const tokens = sharedInts(requests.length)
  tokens.set(requests.map((request) => request.tokens))
  const tables = new Map(layers.map((layer) => [layer, source.layerExperts(layer)]))
  return { kind: 'tables', sha256, tokens, tables }
}

/** How many routings are kept open, and how many generated layers of each. */
const KEPT_ROUTINGS = 2
export const KEPT_LAYERS = 2

/**
 * Opens portable routings. The routings opened last stay open with the layers generated last, so that jobs on the same
 * layer that follow each other make it once; a generated routing is never held whole.
 */
export class RoutingOpener {
  private readonly routings = new Recent<string, LayerRouting>(KEPT_ROUTINGS)

  open(routing: PortableRouting): LayerRouting {
    return this.routings.get(routing.sha256, () =>
      routing.kind === 'tables' ? tableRouting(routing) : generatedRouting(routing),
    )
  }
}

function tableRouting({ tables, tokens }: PortableRouting & { kind: 'tables' }): LayerRouting {
  return {
    layers: [...tables.keys()],
    requests: Array.from(tokens, (count) => ({ tokens: count })),
    layerExperts(layer) {
      const table = tables.get(layer)
      invariant(table !== undefined, () => `layer ${layer} asked of tables that have it not`)
      return table
    },
  }
}

function generatedRouting(routing: PortableRouting & { kind: 'generator' | 'counts' }): LayerRouting {
  const { spec, shape, seed } = routing
  const requests =
    routing.kind === 'counts'
      ? new Array(spec.requests).fill({ tokens: spec.prefillTokens + spec.decodeTokens })
      : requestsOf(routing.spec, seed)
  const make = (layer: number) =>
    routing.kind === 'counts'
      ? countedLayer(routing.shares, spec, shape, seed, layer)
      : generateLayer(routing.spec, shape, seed, layer)
  const made = new Recent<number, Uint16Array>(KEPT_LAYERS)
  return {
    layers: routing.kind === 'counts' ? [...routing.shares.keys()] : shape.layers,
    requests,
    layerExperts: (layer) => made.get(layer, () => make(layer)),
  }
}

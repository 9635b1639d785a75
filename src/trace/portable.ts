// Opens routing that came as plain data, and keeps what of it is made for the next who asks.
import { invariant } from '../errors.ts'
import { Recent } from '../recent.ts'
import type { LayerRouting, PortableRouting } from './source.ts'
import { countedLayer } from './synth/counted-routing.ts'
import { generateLayer } from './synth/generator.ts'
import { requestsOf } from './synth/requests.ts'

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

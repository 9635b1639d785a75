// Hand-made routing sources: requests of given lengths, experts counting up so that every row is different.
import type { RoutingSource } from '../../src/trace/source.ts'

export interface RoutingSketch {
  /** [prefill tokens, decode tokens] of each request. */
  readonly requests: readonly (readonly [number, number])[]
  readonly layers?: readonly number[]
  readonly experts?: number
  readonly topK?: number
  readonly kind?: 'file' | 'generator'
}

export function routingOf(sketch: RoutingSketch): RoutingSource {
  const { layers = [0], experts = 4, topK = 1, kind = 'file' } = sketch
  const requests = sketch.requests.map(([prefillTokens, decodeTokens], index) => ({
    id: `r${index}`,
    prefillTokens,
    tokens: prefillTokens + decodeTokens,
  }))
  const tokens = requests.reduce((sum, request) => sum + request.tokens, 0)
  return {
    label: kind === 'file' ? 'some.csv' : 'generator',
    kind,
    experts,
    topK,
    layers,
    requests,
    sha256: 'ab'.repeat(32),
    layerExperts: (layer) => Uint16Array.from({ length: tokens * topK }, (_, i) => (i + layer) % experts),
  }
}

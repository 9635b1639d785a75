// Hand-made routing sources: requests of given lengths, experts counting up so that every row is different.
import type { RoutingSource } from '../../src/trace/source.ts'
import { tableSource } from '../../src/trace/tables.ts'
import { memoryIo } from './memory-io.ts'

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
  const table = (layer: number) =>
    Uint16Array.from({ length: tokens * topK }, (_, i) => (i + layer) % experts)
  const label = kind === 'file' ? 'some.csv' : 'generator'
  const tables = new Map(layers.map((layer) => [layer, table(layer)]))
  return { ...tableSource(memoryIo(), { label, experts, topK, requests }, tables), kind }
}

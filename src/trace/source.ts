// What a source of routing decisions offers the simulator: one layer at a time, all requests in order.
import type { CountedShares, CountedSpec, GeneratorSpec, RoutingShape } from './synth/generator-spec.ts'

/** One request: its first `prefillTokens` rows are the prompt, the others one decode token each. */
export interface TraceRequest {
  readonly id: string
  readonly prefillTokens: number
  readonly tokens: number
}

/** One request with its routing. */
export interface RequestRows extends TraceRequest {
  /** By model layer id, ascending: its expert ids [token][slot]. */
  readonly columns: ReadonlyMap<number, Uint16Array>
}

/** The routing decisions alone: all that a simulation needs of a source. */
export interface LayerRouting {
  /** Model layer ids it covers, ascending. */
  readonly layers: readonly number[]
  /** Whose tokens its rows are, in order. */
  readonly requests: readonly Pick<TraceRequest, 'tokens'>[]
  /**
   * Expert ids of one layer: row-major [token][slot], the tokens of all requests one after the other.
   * Length = sum of request tokens * topK.
   */
  layerExperts(layer: number): Uint16Array
}

/** Routing of a set of requests: read from a file, or generated. */
export interface RoutingSource extends LayerRouting, RoutingFacts {
  readonly requests: readonly TraceRequest[]
  /** The same for other threads. */
  readonly portable: PortableRouting
}

/**
 * Routing as plain data: its tables, or how to make them. Survives a structured clone, which copies none of the tables of a
 * file: they lie in shared memory.
 */
export type PortableRouting =
  | {
      readonly kind: 'tables'
      readonly sha256: string
      /** Of each request. */
      readonly tokens: Int32Array
      /** By model layer id, ascending: [token][slot] as LayerRouting gives them. */
      readonly tables: ReadonlyMap<number, Uint16Array>
    }
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

/** What is known of it without its expert ids. */
export interface RoutingFacts {
  /** For people: the path as given, or what the generator was told. */
  readonly label: string
  readonly kind: 'file' | 'generator'
  readonly experts: number
  readonly topK: number
  /** Model layer ids it covers, ascending. */
  readonly layers: readonly number[]
  readonly requests: readonly TraceRequest[]
  /** Of the routing decisions themselves (not of the file's bytes): equal routing, equal hash. */
  readonly sha256: string
}

/** The requests of a source, one after the other; their ids share its memory. Holds all layers of it at once. */
export function* requestRows(
  source: Pick<RoutingSource, 'topK' | 'layers' | 'requests' | 'layerExperts'>,
): Generator<RequestRows> {
  const tables = source.layers.map((layer) => [layer, source.layerExperts(layer)] as const)
  let start = 0
  for (const request of source.requests) {
    const end = start + request.tokens * source.topK
    const columns = new Map(tables.map(([layer, ids]) => [layer, ids.subarray(start, end)]))
    yield { ...request, columns }
    start = end
  }
}

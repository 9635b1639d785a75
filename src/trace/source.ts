// What a source of routing decisions offers the simulator: one layer at a time, all requests in order.

/** One request: its first `prefillTokens` rows are the prompt, the others one decode token each. */
export interface TraceRequest {
  readonly id: string
  readonly prefillTokens: number
  readonly tokens: number
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
export interface RoutingSource extends LayerRouting {
  /** For people: the path as given, or what the generator was told. */
  readonly label: string
  readonly kind: 'file' | 'generator'
  readonly experts: number
  readonly topK: number
  readonly requests: readonly TraceRequest[]
  /** Of the routing decisions themselves (not of the file's bytes): equal routing, equal hash. */
  readonly sha256: string
}

/** What the generator is asked for; see generator.ts for the meaning of the two knobs. */
export interface GeneratorSpec {
  readonly skew: number
  readonly reuse: number
  /** Groups of consecutive requests that share their own popularity. */
  readonly topics: number
  readonly requests: number
  readonly prefillTokens: number
  readonly decodeTokens: number
}

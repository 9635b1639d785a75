// One forward pass, as the layer loop takes it.

/** One forward pass: the source rows (tokens) it takes, with the request each belongs to. */
export interface Iteration {
  readonly phase: 'prefill' | 'decode' | 'mixed'
  readonly rows: Int32Array
  readonly requests: Int32Array
}

// An optional observer of everything the machine does: tests and timelines are made of it.

/** Something that took time on a die: `load` a memory read, `send` a message, `reserve` a buffer held. */
export interface Span {
  readonly kind: 'load' | 'send' | 'compute' | 'reserve'
  /** Where it happens; for a send the sender, for a load the die whose channel is read. */
  readonly die: number
  /** The receiver of a send, the die a load is for. */
  readonly peer: number
  readonly startPs: number
  readonly endPs: number
  readonly expert: number
  /** Weight slice, or -1 for activations. */
  readonly slice: number
  readonly tokens: number
  readonly bytes: number
}

export interface Probe {
  /** Called when a span has ended, so in order of `endPs`. */
  span(span: Span): void
}

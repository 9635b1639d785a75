// An optional observer of everything the machine does: tests and timelines are made of it.
import type { BytesByClass } from './machine/sram.ts'

/** Something that took time on a die: `load` a memory read, `bring` the way of a slice from a tier to the die's memory or the next nearer tier, `core` work of the cores beside a tier, `write` a replica to memory, `send` a message, `reserve` a buffer held. */
export interface Span {
  readonly kind: 'load' | 'write' | 'bring' | 'core' | 'send' | 'compute' | 'reserve'
  /** Of `bring` and `core`: counted from 1. */
  readonly tier?: number
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

/** What is reserved in the SRAM of a die from `atPs` on. */
export interface Fill {
  readonly die: number
  readonly atPs: number
  /** Slices read from memory or received over a link. */
  readonly weightBytes: number
  /** Activations: tokens that rest there, and copies of others. */
  readonly tokenBytes: number
}

export interface Probe {
  /** Called when a span has ended, so in order of `endPs`. */
  span(span: Span): void
  /** Called after every change, in order of `atPs`; of several at one moment the last one holds. */
  fill?(fill: Fill): void
}

/** Tells a probe that asks for it what is reserved on a die. */
export function fillObserver(
  probe: Probe | undefined,
  clock: { readonly nowPs: number },
): ((die: number, held: BytesByClass) => void) | undefined {
  if (probe?.fill === undefined) return undefined
  return (die, { weights, receive, tokens }) =>
    probe.fill?.({ die, atPs: clock.nowPs, weightBytes: weights + receive, tokenBytes: tokens })
}

// How long an exchange of tokens between all dies takes where each sends as much as any other.
//
// A closed form of what a run simulates message by message: the start-up of the exchange, then that of each of a die's
// messages, then the bytes of the busier of its two ways out (within its node, to other nodes), and what of the exchange
// happens within a die: copies of tokens that stay, results that are written as they arrive and read to be added up.
import { payloadBytesPerPs, routeLatencyPs } from './fabric.ts'
import { type KernelMemory, kernelMemory } from './kernel.ts'
import type { HardwareSpec } from './spec.ts'

export interface Exchange {
  readonly tokensPerDie: number
  readonly copyBytes: number
  /** Copies of a token, on average: to dies of the same node, to other nodes, and those that stay on the die. */
  readonly copies: { readonly inner: number; readonly outer: number; readonly staying: number }
  /** That a die sends, however few the bytes: within its node, and to other nodes. */
  readonly messages: { readonly inner: number; readonly outer: number }
  /** Of a combine: results that a die adds up per token, and their bytes. */
  readonly results?: { readonly count: number; readonly bytes: number } | undefined
}

/** In ps, not rounded. */
export function exchangePs(hardware: HardwareSpec, exchange: Exchange): number {
  const { link } = hardware
  const { tokensPerDie, copies, copyBytes, messages } = exchange
  const startupPs =
    (link.startup?.exchangePs ?? 0) +
    messages.inner * (link.startup?.messagePs ?? 0) +
    messages.outer * (link.outer?.messagePs ?? 0)
  const sentPs = (count: number, bytesPerPs: number) =>
    count === 0 ? 0 : (tokensPerDie * count * copyBytes) / bytesPerPs
  const waysPs = Math.max(
    sentPs(copies.inner, payloadBytesPerPs(link)),
    sentPs(copies.outer, link.outer?.payloadBytesPerPs ?? Infinity),
  )
  const isOuter = messages.outer > 0
  const latencyPs = routeLatencyPs(link, { hops: 1, outerHops: isOuter ? 1 : 0 })
  return startupPs + waysPs + latencyPs + withinDiePs(hardware, exchange)
}

/** Where activations rest on chip, nothing is written or read again. */
function withinDiePs(hardware: HardwareSpec, { tokensPerDie, copies, copyBytes, results }: Exchange): number {
  if (hardware.activations === 'sram') return 0
  const memory = kernelMemory(hardware)
  const addedBytes = results === undefined ? 0 : tokensPerDie * results.count * results.bytes
  return stayingCopyPs(memory, tokensPerDie * copies.staying * copyBytes) + resultSumPs(memory, addedBytes)
}

/** Tokens that stay on their die are copied to where its experts take them from: read and written. */
export function stayingCopyPs({ elementwiseBytesPerPs }: KernelMemory, bytes: number): number {
  return (2 * bytes) / elementwiseBytesPerPs
}

/** Results are written as they arrive, and read to be added up. */
export function resultSumPs({ readBytesPerPs }: KernelMemory, bytes: number): number {
  return (2 * bytes) / readBytesPerPs
}

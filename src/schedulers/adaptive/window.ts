// How many slices a die may have on their way at a time: enough to hide what stands between asking for one and computing it.
import { fail } from '../../errors.ts'
import { MemoryTiming } from '../../hardware/memory.ts'
import { expertBytes, tokenBytes } from '../../model/shape.ts'
import { formatQuantity } from '../../units.ts'
import type { SchedulerContext } from '../scheduler.ts'
import type { LayerWork } from '../work.ts'
import { exchangeStartupPs, gatherLatencyPs } from './arrival.ts'
import { guestTokens } from './die-tokens.ts'

/** Of weights on a die, at most, however much SRAM there is: where tokens rest in memory, and where on chip. */
const MOST_BYTES = { memory: 48e6, sram: 12 * 2 ** 20 } as const
/** Slices that differ in how long they compute even out over so many where unit and channel are equally busy. */
const EVEN_RESERVE = 24
/** One at work, one waiting, one on its way; and one more on the way from each tier. */
const FEWEST = 3
/** One at work and one on its way: these fit, however large slices are, if SRAM has room. */
const PAIR = 2
/** So many times what latency alone asks for: slices differ in how long they compute. */
const RESERVE = 3

export interface WindowSetting {
  readonly die: number
  /** That it computes with. */
  readonly experts: readonly number[]
  /** Of its computing and its reading, the shorter over the longer; of all dies the most where they share channels. */
  readonly evenness: number
  readonly slices: number
  /** See pairTokens. */
  readonly tokenOf: Int32Array
}

export function windowOf(
  work: LayerWork,
  context: SchedulerContext,
  { die, experts, evenness, slices, tokenOf }: WindowSetting,
): number {
  const { hardware, model } = context
  const isTight = hardware.activations === 'sram' && hardware.sramBytes < Infinity
  const tokens = isTight ? restingTokens(work, die) + guestTokens(work, die, experts, tokenOf) : 0
  const { wanted, fitting, sliceBytes } = windowSizes(context, { slices, tokens, evenness })
  if (fitting >= 1) return Math.min(wanted, fitting)
  const size = (bytes: number) => formatQuantity(bytes, 'size')
  return fail('capacity', {
    what: `expert ${experts[0]} with all tokens of die ${die} beside one of its ${slices} slices`,
    needs: size(sliceBytes + tokens * tokenBytes(model)),
    has: `${size(hardware.sramBytes)} of SRAM`,
    hint: 'use a larger "sram", or fewer tokens',
  })
}

/** Slices that hide what is to be hidden, and that there is room for beside so many tokens on chip. */
export function windowSizes(
  context: SchedulerContext,
  {
    slices,
    tokens,
    evenness,
  }: { readonly slices: number; readonly tokens: number; readonly evenness: number },
) {
  const { hardware, model } = context
  const sliceBytes = Math.ceil(expertBytes(model) / slices)
  const { tiers = [] } = hardware.memory
  const aheadBytes = RESERVE * (latencyBytes(context) + tierBytes(context)) + exchangeBytes(context)
  const wanted = FEWEST + tiers.length + Math.ceil(aheadBytes / sliceBytes + EVEN_RESERVE * evenness ** 2)
  const fitting = Math.max(
    Math.floor(windowRoom(context, tokens) / sliceBytes),
    Math.min(PAIR, Math.floor(freeBytes(context, tokens) / sliceBytes)),
  )
  return { wanted, fitting, sliceBytes }
}

/** The same in a typical layer, where unit and channel may be equally busy; one, even where none fits. */
export function typicalWindow(context: SchedulerContext, tokens: number, slices: number): number {
  const { wanted, fitting } = windowSizes(context, { slices, tokens, evenness: 1 })
  return Math.max(1, Math.min(wanted, fitting))
}

/** Bytes for weights on a die beside so many tokens. */
export function windowRoom(context: SchedulerContext, tokens: number): number {
  return Math.min(freeBytes(context, tokens), MOST_BYTES[context.hardware.activations])
}

function freeBytes({ hardware, model }: SchedulerContext, tokens: number): number {
  return hardware.sramBytes - (hardware.activations === 'sram' ? tokens * tokenBytes(model) : 0)
}

/** What a channel reads while a slice, or the tokens for it, are on their way. */
function latencyBytes(context: SchedulerContext): number {
  const { memory, llc } = context.hardware
  const portPs = llc === undefined ? 0 : llc.missPs + llc.writePs
  return (memory.latencyPs + portPs + gatherLatencyPs(context)) * new MemoryTiming(memory).bestBytesPerPs
}

/** What the ways from tiers bring a die while a slice is on its way through them. */
function tierBytes({ hardware, topology }: SchedulerContext): number {
  const { tiers = [] } = hardware.memory
  const latencyPs = tiers.reduce((sum, tier) => sum + tier.latencyPs, 0)
  const ways = tiers.map(({ bytesPerPs, shared }) => bytesPerPs / (shared ? topology.dies : 1))
  return latencyPs === 0 ? 0 : latencyPs * Math.min(...ways)
}

/** What a channel reads before an exchange has started. */
function exchangeBytes({ hardware }: SchedulerContext): number {
  return exchangeStartupPs(hardware) * new MemoryTiming(hardware.memory).bestBytesPerPs
}

/** Tokens that are worth a gather of their own: they keep the ways into a die busy for as long as it takes to ask for more. */
export function leastBatch(context: SchedulerContext): number {
  return Math.ceil((gatherLatencyPs(context) * context.payloadBytesPerPs) / tokenBytes(context.model))
}

function restingTokens({ restingDie }: LayerWork, die: number): number {
  let tokens = 0
  for (const other of restingDie) if (other === die) tokens++
  return tokens
}

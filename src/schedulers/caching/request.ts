// From the options of a scheduler to the cache that it asks for, as far as there is room.
import { fail } from '../../errors.ts'
import { expertBytes, sliceBytes, tokenBytes } from '../../model/shape.ts'
import { formatQuantity } from '../../units.ts'
import type { SchedulerContext } from '../scheduler.ts'
import type { CacheRequest } from './cache.ts'
import { type CacheOptions, keepsWeights } from './options.ts'

/** What is at work on a die at a time, beside the cache. */
export interface WorkingSet {
  /** Slices per expert, at least. */
  readonly slices: number
  /** Slices that may be on a die or on their way to it at a time. */
  readonly slicesInFlight: number
}

/** undefined: the options ask for none. Throws UserError where the room does not hold one expert, or so much is not there. */
export function cacheRequest(
  scheduler: string,
  options: CacheOptions,
  context: SchedulerContext,
  working: WorkingSet,
): CacheRequest | undefined {
  if (!keepsWeights(options) || options.cache === 'none') return undefined
  const { hardware, model } = context
  const usableBytes = Math.floor(hardware.sramBytes - workingBytes(context, working))
  const asked = options['cache-bytes']
  // Of a cache as large as the SRAM the slices at work and the tokens take their part.
  const isWhole = asked !== 'room' && asked <= hardware.sramBytes
  const givenBytes = asked === 'room' || (isWhole && asked > usableBytes) ? usableBytes : asked
  const bytes = Math.min(givenBytes, expertBytes(model) * model.experts * model.moeLayers.length)
  const unit = options['cache-unit']
  const parts = options['cache-scope'] === 'layer' ? model.moeLayers.length : 1
  const unitBytes = unit === 'expert' ? expertBytes(model) : sliceBytes(model, working.slices, 0)
  const size = (of: number) => formatQuantity(Math.max(0, of), 'size')
  if (asked !== 'room' && !isWhole) {
    fail('capacity', {
      what: `${scheduler}: a cache of ${size(asked)} on each die of ${hardware.name}`,
      needs: size(asked),
      has: `${size(hardware.sramBytes)} of SRAM`,
      hint: 'use a smaller cache-bytes, or a larger "sram"',
    })
  }
  if (Math.floor(bytes / parts / unitBytes) < 1) {
    const each = parts > 1 ? ` for each of ${parts} MoE layers` : ''
    fail('capacity', {
      what: `${scheduler}: a cache that holds one ${unit} of ${model.name}${each}`,
      needs: size(unitBytes * parts),
      has: `${size(bytes)} on a die of ${hardware.name}`,
      hint: `use a larger ${asked === 'room' ? '"sram"' : 'cache-bytes'}${parts > 1 ? ', cache-scope=pool' : ''}, or cache=none`,
    })
  }
  return {
    ...{ policy: options.cache, bytes, unit, scope: options['cache-scope'] },
    isWarm: options['cache-start'] === 'warm',
    halfLifeTokens: options['cache-half-life'],
  }
}

/** The context of a die whose cache is gone from its SRAM: what is left for slices at work and tokens. */
export function besideCache(context: SchedulerContext, cache: CacheRequest | undefined): SchedulerContext {
  if (cache === undefined) return context
  const { hardware } = context
  return { ...context, hardware: { ...hardware, sramBytes: hardware.sramBytes - cache.bytes } }
}

/** Slices at work, and where tokens rest on chip all tokens of an iteration and the copies gathered for those slices. */
function workingBytes(
  { hardware, model, knowledge }: SchedulerContext,
  { slices, slicesInFlight }: WorkingSet,
): number {
  const weights = slicesInFlight * Math.ceil(expertBytes(model) / slices)
  const most = (knowledge?.iterations ?? []).reduce((so, { tokens }) => Math.max(so, tokens), 0)
  const tokens = most * tokenBytes(model) * (1 + slicesInFlight)
  // As much for tokens as for weights: see slicesThatFit.
  return hardware.activations === 'sram' ? Math.max(2 * weights, weights + tokens) : weights + tokens
}

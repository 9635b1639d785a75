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
  /** Experts of another layer that may be on a die, or on their way, at a time; where there is a cache, in that. */
  readonly aheadExperts: number
}

/** undefined: the options ask for none. Throws UserError where the room does not hold one expert, or so much is not there. */
export function cacheRequest(
  scheduler: string,
  options: CacheOptions,
  context: SchedulerContext,
  working: WorkingSet,
): CacheRequest | undefined {
  const isKept = keepsWeights(options)
  if (!isKept && working.aheadExperts === 0) return undefined
  const { hardware, model, topology } = context
  const { tiers, capacityBytes, reserved } = hardware.memory
  assertMissCan(scheduler, options, context)
  const isInSram = tiers === undefined
  const wholeBytes = isInSram ? hardware.sramBytes : capacityBytes * (1 - reserved)
  const usableBytes = isInSram
    ? Math.floor(wholeBytes - workingBytes(context, working))
    : Math.floor(wholeBytes)
  // What is read ahead for the next layer is there beside what was read ahead for this one.
  const asked = isKept ? options['cache-bytes'] : 2 * working.aheadExperts * expertBytes(model)
  const [place, key] = isInSram ? ['SRAM', '"sram"'] : ['memory that is not kept back', 'memory.capacity']
  if (asked !== 'room' && asked > wholeBytes) {
    fail('capacity', {
      what: `${scheduler}: ${isKept ? 'a cache' : 'room for what is read ahead'}, ${size(asked)}, on each die of ${hardware.name}`,
      needs: size(asked),
      has: `${size(wholeBytes)} of ${place}`,
      hint: `use a smaller ${isKept ? 'cache-bytes' : 'ahead'}, or a larger ${key}`,
    })
  }
  // Of a cache as large as the SRAM the slices at work and the tokens take their part.
  const givenBytes = asked === 'room' ? usableBytes : Math.min(asked, usableBytes)
  const modelBytes = expertBytes(model) * model.experts * model.moeLayers.length
  const bytes = Math.min(givenBytes, modelBytes)
  const unit = options['cache-unit']
  const parts = isKept && options['cache-scope'] === 'layer' ? model.moeLayers.length : 1
  const unitBytes = unit === 'expert' ? expertBytes(model) : sliceBytes(model, working.slices, 0)
  if (Math.floor(bytes / parts / unitBytes) < 1) {
    const each = parts > 1 ? ` for each of ${parts} MoE layers` : ''
    fail('capacity', {
      what: `${scheduler}: a cache that holds one ${unit} of ${model.name}${each}`,
      needs: size(unitBytes * parts),
      has: `${size(bytes)} on a die of ${hardware.name}`,
      hint: `use a larger ${asked === 'room' ? key : 'cache-bytes'}${parts > 1 ? ', cache-scope=pool' : ''}, or cache=none`,
    })
  }
  return {
    ...{
      policy: isKept ? options.cache : 'none',
      bytes,
      unit,
      scope: options['cache-scope'],
      miss: options.miss,
    },
    place: isInSram ? 'sram' : 'memory',
    tierBytes: (tiers ?? []).slice(0, -1).map((tier) => {
      if (!isKept) return bytes
      return Math.max(bytes, Math.min(modelBytes, tier.capacityBytes / (tier.shared ? topology.dies : 1)))
    }),
    isWarm: options['cache-start'] === 'warm',
    profile: options['cache-profile'],
    halfLifeTokens: options['cache-half-life'],
  }
}

const size = (bytes: number) => formatQuantity(Math.max(0, bytes), 'size')

/** Refuses to use weights where they lie on hardware that has no cores there. */
function assertMissCan(scheduler: string, { miss }: CacheOptions, { hardware }: SchedulerContext): void {
  if (miss === 'fetch' || hardware.memory.tiers?.at(-1)?.compute !== undefined) return
  const last = hardware.memory.tiers?.at(-1)
  fail('conflict', {
    what: `${scheduler}: miss=${miss} computes where weights lie, and ${last === undefined ? `${hardware.name} has no tiers` : `tier ${last.name} of ${hardware.name} has no cores`}`,
    hint: 'use miss=fetch, or give the last of memory.tiers a compute section',
  })
}

/** The context of a die whose cache is gone from its SRAM: what is left for slices at work and tokens. */
export function besideCache(context: SchedulerContext, cache: CacheRequest | undefined): SchedulerContext {
  if (cache === undefined || cache.place === 'memory') return context
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

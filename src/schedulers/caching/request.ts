// From the options of a scheduler to the cache that it asks for, as far as there is room.
import { type Diagnostic, finding, UserError } from '../../errors.ts'
import type { HardwareSpec } from '../../hardware/spec.ts'
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
  const { tiers } = hardware.memory
  refuse(cacheMisfit(scheduler, options, context))
  const isInSram = tiers === undefined
  const { wholeBytes } = roomOf(hardware)
  const usableBytes = isInSram
    ? Math.floor(wholeBytes - workingBytes(context, working))
    : Math.floor(wholeBytes)
  // What is read ahead for the next layer is there beside what was read ahead for this one.
  const asked = isKept ? options['cache-bytes'] : 2 * working.aheadExperts * expertBytes(model)
  if (!isKept && asked !== 'room')
    refuse(tooLarge(scheduler, hardware, asked, ['room for what is read ahead', 'ahead']))
  // Of a cache as large as the SRAM the slices at work and the tokens take their part.
  const givenBytes = asked === 'room' ? usableBytes : Math.min(asked, usableBytes)
  const modelBytes = expertBytes(model) * model.experts * model.moeLayers.length
  const bytes = Math.min(givenBytes, modelBytes)
  const unit = options['cache-unit']
  const unitBytes = unit === 'expert' ? expertBytes(model) : sliceBytes(model, working.slices, 0)
  refuse(tooSmall(scheduler, options, context, { bytes, unitBytes }))
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

function refuse(misfit: Diagnostic | undefined): void {
  if (misfit !== undefined) throw new UserError([misfit])
}

/** What the options ask for and the hardware has not, whatever else is on a die: plain before a run. */
export function cacheMisfit(
  scheduler: string,
  options: CacheOptions,
  setting: CacheSetting,
): Diagnostic | undefined {
  const { hardware, model } = setting
  const asked = options['cache-bytes']
  const noCores = missMisfit(scheduler, options, hardware)
  if (noCores !== undefined || asked === 'room' || !keepsWeights(options)) return noCores
  const unitBytes = options['cache-unit'] === 'expert' ? expertBytes(model) : 1
  return (
    tooLarge(scheduler, hardware, asked, ['a cache', 'cache-bytes']) ??
    tooSmall(scheduler, options, setting, { bytes: asked, unitBytes })
  )
}

type CacheSetting = Pick<SchedulerContext, 'hardware' | 'model'>

/** Room of a die for caches, its name, and the key that gives more. */
function roomOf({ sramBytes, memory: { tiers, capacityBytes, reserved } }: HardwareSpec) {
  return tiers === undefined
    ? { wholeBytes: sramBytes, place: 'SRAM', key: '"sram"' }
    : {
        wholeBytes: capacityBytes * (1 - reserved),
        place: 'memory that is not kept back',
        key: 'memory.capacity',
      }
}

/** `of`: what the room is for, and the option that asks for it. */
function tooLarge(
  scheduler: string,
  hardware: HardwareSpec,
  asked: number,
  [what, option]: readonly [string, string],
): Diagnostic | undefined {
  const { wholeBytes, place, key } = roomOf(hardware)
  if (asked <= wholeBytes) return undefined
  return finding('capacity', {
    what: `${scheduler}: ${what}, ${size(asked)}, on each die of ${hardware.name}`,
    needs: size(asked),
    has: `${size(wholeBytes)} of ${place}`,
    hint: `use a smaller ${option}, or a larger ${key}`,
  })
}

/** A cache of so many bytes that does not hold one expert or slice, in each of its parts. */
function tooSmall(
  scheduler: string,
  options: CacheOptions,
  { hardware, model }: CacheSetting,
  { bytes, unitBytes }: { readonly bytes: number; readonly unitBytes: number },
): Diagnostic | undefined {
  const parts = keepsWeights(options) && options['cache-scope'] === 'layer' ? model.moeLayers.length : 1
  if (Math.floor(bytes / parts / unitBytes) >= 1) return undefined
  const each = parts > 1 ? ` for each of ${parts} MoE layers` : ''
  const larger = options['cache-bytes'] === 'room' ? roomOf(hardware).key : 'cache-bytes'
  return finding('capacity', {
    what: `${scheduler}: a cache that holds one ${options['cache-unit']} of ${model.name}${each}`,
    needs: size(unitBytes * parts),
    has: `${size(bytes)} on a die of ${hardware.name}`,
    hint: `use a larger ${larger}${parts > 1 ? ', cache-scope=pool' : ''}, or cache=none`,
  })
}

const size = (bytes: number) => formatQuantity(Math.max(0, bytes), 'size')

/** Weights that are to be used where they lie on hardware that has no cores there. */
function missMisfit(
  scheduler: string,
  { miss }: CacheOptions,
  hardware: HardwareSpec,
): Diagnostic | undefined {
  const last = hardware.memory.tiers?.at(-1)
  if (miss === 'fetch' || last?.compute !== undefined) return undefined
  return finding('conflict', {
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
  if (hardware.activations === 'memory') return weights
  const most = (knowledge?.iterations ?? []).reduce((so, { tokens }) => Math.max(so, tokens), 0)
  // At least as much for tokens as for weights: see slicesThatFit.
  return weights + Math.max(weights, most * tokenBytes(model) * (1 + slicesInFlight))
}

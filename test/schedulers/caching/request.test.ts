// What a cache may be asked for, and how much of it there is room for.
import { describe, expect, it } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import { expertBytes } from '../../../src/model/shape.ts'
import type { CacheRequest } from '../../../src/schedulers/caching/cache.ts'
import type { CacheOptions } from '../../../src/schedulers/caching/options.ts'
import { besideCache, cacheRequest } from '../../../src/schedulers/caching/request.ts'
import { splitSchedulerText } from '../../../src/schedulers/options.ts'
import type { SchedulerContext } from '../../../src/schedulers/scheduler.ts'
import { resolveScheduler, schedulers } from '../../../src/schedulers/table.ts'
import { frameHardware, HIDDEN, tinyModel } from '../../helpers/frames.ts'

const model = tinyModel(16, 2)
const BYTES = expertBytes(model)
const frames = frameHardware({ load: 1, hop: 1, compute: 1, pieces: 2 })

function created(text: string, sramBytes: number, activations: 'sram' | 'memory' = 'memory') {
  const { resolved, findings } = resolveScheduler(splitSchedulerText(text)!, 'physical')
  if (resolved === undefined) throw new Error(findings.map((found) => JSON.stringify(found)).join())
  const pkg = packageOf({ hardware: { ...frames, sramBytes, activations }, model, compat: 'physical' })
  return schedulers[resolved.scheduler]!.create(resolved.options, pkg)
}

it('has all the room that the slices at work leave, unless it is told', () => {
  expect(created('ep:cache=lru', 10 * BYTES).cache!.bytes).toBe(9 * BYTES)
  expect(created('ep:cache=lru,prefetch=2', 10 * BYTES).cache!.bytes).toBe(7 * BYTES)
  expect(created('ep:cache=lru', 10 * BYTES, 'sram').cache!.bytes).toBe(8 * BYTES)
  expect(created(`ep:cache=lru,cache-bytes=${3 * BYTES}`, 10 * BYTES).cache!.bytes).toBe(3 * BYTES)
  expect(created('ep:cache=lru,cache-bytes=36 KiB', 10 * BYTES).cache!.bytes).toBe(36 * 1024)
})

it('gives the slices at work their part of a cache as large as the SRAM', () => {
  expect(created(`ep:cache=lru,cache-bytes=${10 * BYTES}`, 10 * BYTES).cache!.bytes).toBe(9 * BYTES)
})

it.each(['ep', 'ep:cache=lru,cache-bytes=0'])('is not there with %s', (text) => {
  expect(created(text, 10 * BYTES).cache).toBeUndefined()
})

it.each([
  [`ep:cache=lru,cache-bytes=${BYTES - 1}`, 'holds one expert of tiny'],
  [`ep:cache=lru,cache-bytes=${11 * BYTES}`, '123 kB of SRAM'],
  ['ep:cache=lru', 'holds one expert of tiny', 1.5 * BYTES],
  // Less than none, where the slices at work alone do not fit.
  ['ep:cache=lru', 'available: 0 B on a die', 0.5 * BYTES],
])('is refused where there is no room: %s', (text, message, sramBytes = 10 * BYTES) => {
  expect(() => created(text, sramBytes)).toThrow(message)
})

it.each([
  ['ep:cache-start=warm', 'with cache=none nothing is kept'],
  ['ep:cache-bytes=2 GB', 'with cache=none nothing is kept'],
  ['ep:cache=lru,cache-half-life=3', 'no counts halve with cache=lru'],
  ['ep:cache=lru,cache-profile=random', 'cache=lru starts cold and goes by no profile'],
])('is refused where it would change nothing: %s', (text, why) => {
  const { findings } = resolveScheduler(splitSchedulerText(text)!, 'physical')
  expect(JSON.stringify(findings)).toContain(why)
})

it.each([
  ['ep:cache=static,cache-profile=prompt', 'layers have no part of their own'],
  ['ep:cache=lru,cache-profile=prompt,cache-scope=layer', 'cache=lru lets what is used come in'],
])('follows prompts only where they decide all of what stays: %s', (text, why) => {
  const { findings } = resolveScheduler(splitSchedulerText(text)!, 'physical')
  expect(JSON.stringify(findings)).toContain(why)
})

it('is refused under compat: paper, which reads all weights anew', () => {
  const { findings } = resolveScheduler(splitSchedulerText('ep:cache=lru')!, 'paper')
  expect(JSON.stringify(findings)).toContain('compat: paper does not know')
})

it.each(['lru', 'x'])('is refused with a size that is none: %s', (size) => {
  const { findings } = resolveScheduler(splitSchedulerText(`ep:cache=lru,cache-bytes=${size}`)!, 'physical')
  expect(JSON.stringify(findings)).toContain('room, bytes, or a size such as')
})

describe('by hand', () => {
  const tier = { name: 'host', way: 'pcie', shared: true, bytesPerPs: 1, latencyPs: 0, startupPs: 0 }
  const tiers = (hostBytes: number, shared = true): HardwareSpec => ({
    ...frames,
    memory: {
      ...{ ...frames.memory, shared: false, capacityBytes: 8 * BYTES, reserved: 0.25 },
      tiers: [
        { ...tier, shared, capacityBytes: hostBytes },
        { ...tier, name: 'drive', capacityBytes: Infinity },
      ],
    },
  })
  /** The same with half the layers, so that a cache in parts is in two. */
  const two = { ...model, layers: 2, moeLayers: [0, 1] }
  const asks = (
    hardware: HardwareSpec,
    options: object,
    { shape = two, aheadExperts = 0, slices = 2, slicesInFlight = 3, most = 0 } = {},
  ) => {
    const { resolved } = resolveScheduler({ name: 'ep', options: { cache: 'lru' } }, 'physical')
    const context = packageOf({ hardware, model: shape, compat: 'physical' })
    const knowledge = { iterations: [{ tokens: 0 }, { tokens: most }, { tokens: 0 }] }
    return cacheRequest(
      'ep',
      { ...(resolved!.options as CacheOptions), ...options },
      { ...context, knowledge } as unknown as SchedulerContext,
      { slices, slicesInFlight, aheadExperts },
    )
  }

  it('a cache in memory has what is not kept back, and tiers in front of the last hold all of it, each die its part of a shared one', () => {
    const request = asks(tiers(4 * 9 * BYTES), {})
    expect(request).toMatchObject({
      place: 'memory',
      policy: 'lru',
      bytes: 6 * BYTES,
      tierBytes: [9 * BYTES],
    })
    // No less than in front of it, and no more than all weights.
    expect(asks(tiers(4 * BYTES), {})!.tierBytes).toEqual([6 * BYTES])
    expect(asks(tiers(4 * 99 * BYTES), {})!.tierBytes).toEqual([2 * 16 * BYTES])
    expect(asks(tiers(9 * BYTES, false), {})!.tierBytes).toEqual([9 * BYTES])
  })

  it('a cache is no larger than all weights', () => {
    expect(asks({ ...frames, sramBytes: 100 * BYTES, activations: 'memory' }, {})!.bytes).toBe(2 * 16 * BYTES)
  })

  it('slices at work are kept room for, and where tokens rest on chip as much again, or all tokens and their copies', () => {
    const inMemory = asks({ ...frames, sramBytes: 10 * BYTES, activations: 'memory' }, {}, { most: 300 })
    expect(inMemory!.bytes).toBe(10 * BYTES - 3 * (BYTES / 2))
    const onChip = (most: number) =>
      asks({ ...frames, sramBytes: 10 * BYTES, activations: 'sram' }, {}, { most })!.bytes
    expect(onChip(3)).toBe(10 * BYTES - 2 * 3 * (BYTES / 2))
    expect(onChip(300)).toBe(10 * BYTES - 3 * (BYTES / 2) - 300 * HIDDEN * (1 + 3))
  })

  it('what is read ahead without a cache has room for two layers, which has to be there', () => {
    const sram = { ...frames, sramBytes: 9 * BYTES, activations: 'memory' as const }
    const request = asks(sram, { cache: 'none' }, { aheadExperts: 2 })
    expect(request).toMatchObject({ policy: 'none', bytes: 2 * 2 * BYTES, tierBytes: [] })
    expect(asks(tiers(4 * 9 * BYTES), { cache: 'none' }, { aheadExperts: 2 })!.tierBytes).toEqual([4 * BYTES])
    expect(() => asks(sram, { cache: 'none' }, { aheadExperts: 5 })).toThrow(
      'room for what is read ahead, 123 kB',
    )
    expect(asks(sram, { cache: 'none' })).toBeUndefined()
  })

  it('each of the layers has to hold one expert, or one slice, where they share nothing', () => {
    const sram = (experts: number) => ({
      ...frames,
      sramBytes: experts * BYTES,
      activations: 'memory' as const,
    })
    const layers = { 'cache-scope': 'layer' }
    // One and a half are at work.
    expect(asks(sram(3.5), layers)!.bytes).toBe(2 * BYTES)
    expect(() => asks(sram(3.4), layers)).toThrow('one expert of tiny for each of 2 MoE layers')
    expect(() => asks(sram(3.4), layers)).toThrow('use a larger "sram", cache-scope=pool, or cache=none')
    expect(asks(sram(2.5), { ...layers, 'cache-unit': 'slice' })!.bytes).toBe(BYTES)
    expect(() => asks(sram(2.4), { ...layers, 'cache-unit': 'slice' })).toThrow('one slice of tiny')
    expect(asks(sram(2.5), {})!.bytes).toBe(BYTES)
    expect(() => asks(sram(2.4), {})).toThrow('use a larger "sram", or cache=none')
  })

  it('a cache leaves its die less SRAM for slices at work, unless it is in memory', () => {
    const context = packageOf({ hardware: { ...frames, sramBytes: 100 }, model, compat: 'physical' })
    const cache = { place: 'sram', bytes: 30 } as CacheRequest
    expect(besideCache(context, cache).hardware.sramBytes).toBe(70)
    expect(besideCache(context, { ...cache, place: 'memory' })).toBe(context)
    expect(besideCache(context, undefined)).toBe(context)
  })
})

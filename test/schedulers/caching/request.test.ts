// What a cache may be asked for, and how much of it there is room for.
import { expect, it } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import { expertBytes } from '../../../src/model/shape.ts'
import { splitSchedulerText } from '../../../src/schedulers/options.ts'
import { resolveScheduler, schedulers } from '../../../src/schedulers/table.ts'
import { frameHardware, tinyModel } from '../../helpers/frames.ts'

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

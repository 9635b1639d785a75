// Laws of every variant of FSE-DP on random small layers: bytes, visits, bounds, and what must not depend on speed.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { expertBytes } from '../../../src/model/shape.ts'
import { expertTokens, type LayerWork } from '../../../src/schedulers/work.ts'
import { madeUp } from '../machines.ts'
import { modelOf, runWorks, type StoryRun, stories, worksOf } from '../stories.ts'

const machine = fc.constantFrom(...madeUp)

const streaming = fc
  .record({
    paired: fc.boolean(),
    slices: fc.constantFrom(2, 3, 5, 7, 16),
    slots: fc.integer({ min: 2, max: 6 }),
    rule5: fc.boolean(),
    control: fc.constantFrom(0, 0.5),
    decision: fc.constantFrom(0, 3),
  })
  .chain((options) =>
    fc.integer({ min: 0, max: options.slots - 1 }).map((reserve) => ({ ...options, reserve })),
  )
  // In an SRAM of less than an expert a few coarse micro-slices leave no room for a large reserve.
  .filter(({ slices, reserve }) => slices >= 3 * (reserve + 1))
  .map((options) => `fse-dp:${Object.entries(options).map(([key, value]) => `${key}=${value}`)}`)
const naive = fc
  .record({ rotate: fc.constantFrom('weights', 'tokens'), control: fc.constantFrom(0, 0.5) })
  .map(({ rotate, control }) => `fse-dp-naive:rotate=${rotate},control=${control}`)
const variant = fc.oneof({ weight: 3, arbitrary: streaming }, { weight: 1, arbitrary: naive })

/** Tokens of each active expert. */
const tokenCounts = (work: LayerWork) => work.activeExperts.map((expert) => expertTokens(work, expert))

/** Dies that hold tokens of each active expert. */
function trajectoryLengths(work: LayerWork): number[] {
  const holds = (expert: number, place: number) =>
    work.pairStart[expert * work.dies + place + 1]! > work.pairStart[expert * work.dies + place]!
  return work.activeExperts.map(
    (expert) => Array.from({ length: work.dies }, (_, place) => place).filter((p) => holds(expert, p)).length,
  )
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
const spansOf = (run: StoryRun, kind: string) => run.spans.flat().filter((span) => span.kind === kind)

/** Visits by expert, slice, die and tokens, in an order that does not depend on time. */
const visits = (run: StoryRun) =>
  run.spans.map((spans) =>
    spans
      .filter(({ kind }) => kind === 'compute')
      .map(({ expert, slice, die, tokens }) => `${expert}/${slice}@${die}x${tokens}`)
      .sort(),
  )

const withFasterLinks = (hardware: HardwareSpec): HardwareSpec => ({
  ...hardware,
  link: { ...hardware.link, bytesPerPs: hardware.link.bytesPerPs * 4, latencyPs: 0 },
})

describe('every variant of fse-dp', () => {
  it('reads each active expert once and keeps to the bounds', () => {
    fc.assert(
      fc.property(stories, machine, variant, (story, hardware, scheduler) => {
        const works = worksOf(story, buildTopology(hardware.topology))
        const run = runWorks(scheduler, hardware, modelOf(story), works)
        const experts = sum(works.map(({ activeExperts }) => activeExperts.length))
        expect(run.machine.traffic.weightReadBytes).toBe(experts * expertBytes(modelOf(story)))
        run.latenciesPs.forEach((latencyPs, i) => {
          expect(latencyPs).toBeGreaterThanOrEqual(run.boundsPs[i]! - 1)
        })
      }),
      { numRuns: 50 },
    )
  })

  it('does the same work, no more, with more slots and with faster links', () => {
    fc.assert(
      fc.property(stories, machine, variant, (story, hardware, scheduler) => {
        const works = worksOf(story, buildTopology(hardware.topology))
        const work = (text: string, on: HardwareSpec) => {
          const run = runWorks(text, on, modelOf(story), works)
          return { visits: visits(run), read: run.machine.traffic.weightReadBytes }
        }
        const before = work(scheduler, hardware)
        expect(work(scheduler, withFasterLinks(hardware))).toEqual(before)
        expect(work(scheduler, { ...hardware, sramBytes: Infinity })).toEqual(before)
        expect(work(scheduler.replace(/slots=\d/, 'slots=40'), hardware)).toEqual(before)
      }),
      { numRuns: 25 },
    )
  })
})

describe('naive fse-dp', () => {
  it('computes with every slice once for each die, or for each token where those are fewer, nowhere for none', () => {
    fc.assert(
      fc.property(stories, machine, naive, (story, hardware, scheduler) => {
        const topology = buildTopology(hardware.topology)
        const works = worksOf(story, topology)
        const run = runWorks(scheduler, hardware, modelOf(story), works)
        const groups = works.map((work) =>
          sum(tokenCounts(work).map((tokens) => Math.min(tokens, topology.dies))),
        )
        expect(visits(run).map(({ length }) => length)).toEqual(groups.map((n) => n * topology.dies))
        expect(spansOf(run, 'compute').every(({ tokens }) => tokens > 0)).toBe(true)
      }),
      { numRuns: 30 },
    )
  })
})

describe('fse-dp, naive apart', () => {
  it('visits with every slice each die that holds tokens, once, and no other', () => {
    fc.assert(
      fc.property(stories, machine, streaming, (story, hardware, scheduler) => {
        const works = worksOf(story, buildTopology(hardware.topology))
        const run = runWorks(scheduler, hardware, modelOf(story), works)
        const { slices } = run.machine
        const stops = works.map((work) => sum(trajectoryLengths(work)))
        expect(visits(run).map((all) => new Set(all).size)).toEqual(stops.map((dies) => dies * slices))
        expect(visits(run).map(({ length }) => length)).toEqual(stops.map((dies) => dies * slices))
        expect(spansOf(run, 'compute').every(({ tokens }) => tokens > 0)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  it('sends an expert once over each gap of its trajectory, and what channels elsewhere read for its dies', () => {
    fc.assert(
      fc.property(stories, machine, streaming, (story, hardware, scheduler) => {
        const works = worksOf(story, buildTopology(hardware.topology))
        const run = runWorks(scheduler, hardware, modelOf(story), works)
        const sends = spansOf(run, 'send')
        const relayed = spansOf(run, 'load').filter(({ die, peer }) => die !== peer)
        const relayedBytes = sum(relayed.map(({ bytes }) => bytes))
        const gaps = sum(works.flatMap(trajectoryLengths).map((dies) => dies - 1))
        expect(sends.every(({ slice }) => slice >= 0)).toBe(true)
        expect(sum(sends.map(({ bytes }) => bytes))).toBe(gaps * expertBytes(modelOf(story)) + relayedBytes)
        expect(run.machine.traffic.weightReadRemoteBytes).toBe(relayedBytes)
      }),
      { numRuns: 50 },
    )
  })

  it('never holds more micro-slices on a die than it has slots', () => {
    fc.assert(
      fc.property(stories, machine, streaming, (story, hardware, scheduler) => {
        const works = worksOf(story, buildTopology(hardware.topology))
        const run = runWorks(scheduler, hardware, modelOf(story), works)
        const slots = Number(/slots=(\d)/.exec(scheduler)![1])
        for (const spans of run.spans) {
          for (const [die, held] of mostHeld(spans.filter(({ kind }) => kind === 'reserve'))) {
            expect([die, held <= slots]).toEqual([die, true])
          }
        }
      }),
      { numRuns: 25 },
    )
  })
})

/** The most buffers that each die holds at one time; one that ends makes room for one that starts at the same time. */
function mostHeld(reserves: readonly { die: number; startPs: number; endPs: number }[]): Map<number, number> {
  const most = new Map<number, number>()
  for (const { die, startPs } of reserves) {
    const held = reserves.filter((r) => r.die === die && r.startPs <= startPs && r.endPs > startPs).length
    most.set(die, Math.max(most.get(die) ?? 0, held))
  }
  return most
}

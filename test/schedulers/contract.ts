// What every scheduler owes on every machine, whatever the work.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { HardwareSpec } from '../../src/hardware/spec.ts'
import { flopPerToken, sliceBytes } from '../../src/model/shape.ts'
import { expertTokens, pairCount } from '../../src/schedulers/work.ts'
import {
  canRunOn,
  modelOf,
  runWorks,
  type StoryRun,
  seedOf,
  stories,
  topologyOf,
  worksOf,
} from './stories.ts'

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)

/** What a run did, as text, to compare runs byte by byte. */
const transcript = ({ latenciesPs, spans, machine }: StoryRun) =>
  JSON.stringify({ latenciesPs, spans, traffic: machine.traffic })

/** Tokens computed by expert and slice, from what the probe saw: independent of the machine's own book. */
function computedTokens(run: StoryRun, iteration: number): Record<string, number> {
  const computed: Record<string, number> = {}
  for (const { kind, expert, slice, tokens } of run.spans[iteration]!) {
    if (kind !== 'compute') continue
    const key = `${expert}/${slice}`
    computed[key] = (computed[key] ?? 0) + tokens
  }
  return computed
}

function demandedTokens(work: ReturnType<typeof worksOf>[number], slices: number): Record<string, number> {
  const demanded: Record<string, number> = {}
  for (const expert of work.activeExperts) {
    for (let slice = 0; slice < slices; slice++) demanded[`${expert}/${slice}`] = expertTokens(work, expert)
  }
  return demanded
}

/** How often each slice was loaded for each die in each iteration: pieces of it may come through several channels. */
function wholeLoads({ spans }: StoryRun, bytesOf: (slice: number) => number): number[] {
  const loads = new Map<string, number>()
  spans.forEach((ofIteration, i) => {
    for (const { kind, peer, expert, slice, bytes } of ofIteration) {
      if (kind !== 'load') continue
      const key = `${i}/${peer}/${expert}/${slice}`
      loads.set(key, (loads.get(key) ?? 0) + bytes / bytesOf(slice))
    }
  })
  // Sums of fractions of a slice.
  return [...loads.values()].map((times) => Math.round(times * 1e9) / 1e9)
}

/** Computes that began while their die was still at another one. */
function overlaps(run: StoryRun, dies: number): number {
  let found = 0
  for (const spans of run.spans) {
    const freePs = new Float64Array(dies)
    for (const { kind, die, startPs, endPs } of spans) {
      if (kind !== 'compute') continue
      if (startPs < freePs[die]!) found++
      freePs[die] = endPs
    }
  }
  return found
}

/**
 * Checks that a scheduler, as text, keeps its contract on every machine that it can run on, in as many stories, which are
 * others for each scheduler and machine.
 */
export function testContract(
  scheduler: string,
  machines: readonly HardwareSpec[],
  storiesPerMachine: number,
): void {
  const fitting = machines.filter((hardware) => canRunOn(scheduler, hardware))

  it.each(fitting)('keeps the contract on $name', (hardware) => {
    const topology = topologyOf(hardware)
    fc.assert(
      fc.property(stories, (story) => {
        const works = worksOf(story, topology)
        const before = JSON.stringify(works)
        const model = modelOf(story)
        const run = runWorks(scheduler, hardware, model, works)
        const { traffic, slices } = run.machine

        works.forEach((work, i) => {
          expect(computedTokens(run, i)).toEqual(demandedTokens(work, slices))
          expect(run.latenciesPs[i]).toBeGreaterThanOrEqual(run.boundsPs[i]! - 1)
        })
        expect(overlaps(run, topology.dies)).toBe(0)
        expect(JSON.stringify(works)).toBe(before)

        const loads = wholeLoads(run, (slice) => sliceBytes(model, slices, slice))
        expect(loads.filter((times) => !Number.isInteger(times))).toEqual([])
        expect(sum(loads)).toBe(traffic.sliceLoads - traffic.llcHits)
        const readBytes = run.spans.flat().map(({ kind, bytes }) => (kind === 'load' ? bytes : 0))
        expect(traffic.weightReadBytes).toBe(sum(readBytes))
        // Activations, replicas and what a placement moves go through channels too; what comes from a tier is written there first.
        const { activationReadBytes, replicaWriteBytes, moveMemoryBytes, channelBytes } = traffic
        const broughtBytes = run.machine.tiers?.counters.readBytes[0] ?? 0
        expect(sum([...channelBytes])).toBe(
          sum(readBytes) + activationReadBytes + replicaWriteBytes + moveMemoryBytes + broughtBytes,
        )
        expect(traffic.remoteLoads + traffic.replicaLoads).toBeLessThanOrEqual(traffic.sliceLoads)
        const pairs = sum(works.map(pairCount))
        expect(sum([...traffic.dieFlop])).toBeCloseTo(pairs * flopPerToken(model), 0)
      }),
      { seed: seedOf(`${scheduler} ${hardware.name}`), numRuns: storiesPerMachine },
    )
  })
}

export function testRepetition(scheduler: string, machines: readonly HardwareSpec[]): void {
  const fitting = machines.filter((hardware) => canRunOn(scheduler, hardware))

  it('does the same thing again when asked again', () => {
    fc.assert(
      fc.property(stories, fc.constantFrom(...fitting), (story, hardware) => {
        const works = worksOf(story, topologyOf(hardware))
        const run = () => transcript(runWorks(scheduler, hardware, modelOf(story), works))
        expect(run()).toBe(run())
      }),
      { seed: seedOf(scheduler), numRuns: 2 },
    )
  })
}

// The table of placements at work: from when each holds, what it moves, what it needs, what it does to the load.

import { describe, expect, it } from 'vitest'
import { UserError } from '../../../src/errors.ts'
import { packageOf } from '../../../src/hardware/package.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { expertBytes } from '../../../src/model/shape.ts'
import { contiguous } from '../../../src/schedulers/placements/homes.ts'
import { placements } from '../../../src/schedulers/placements/table.ts'
import { resolveScheduler } from '../../../src/schedulers/table.ts'
import { addCounters } from '../../../src/sim/counters.ts'
import { countersOf } from '../../../src/sim/machine/counters.ts'
import { METRICS } from '../../../src/sim/metrics/metrics.ts'
import { Totals } from '../../../src/sim/metrics/totals.ts'
import { routingOf } from '../../helpers/routing.ts'
import { wholeRun } from '../../helpers/whole-run.ts'
import { madeUp } from '../machines.ts'
import { modelOf, runWorks, type Story, type StoryRun, worksOf } from '../stories.ts'

const crossbar = madeUp.find(({ name }) => name === 'crossbar-8')!
/** Memory so fast that what an expert costs is its compute: the placements then go by tokens. */
const own = { ...crossbar, memory: { ...crossbar.memory, bytesPerPs: 64 } }
const shared = { ...own, memory: { ...own.memory, shared: true } }
const topology = buildTopology(own.topology)
/** Skewed routing: two experts per die, of which the first ones are chosen most. Even tokens: a request is held out. */
const story: Story = { experts: 16, topK: 2, requests: 32, prefill: 4, decode: 3, skew: 2, seed: 3 }
const heldOut = worksOf(story, topology)
const noneHeldOut = worksOf({ ...story, requests: 33, prefill: 5 }, topology)
const model = modelOf(story)
const home = contiguous(model.experts, topology)

const run = (placement: string, works = heldOut, hardware = own) =>
  runWorks(`ep:placement=${placement}`, hardware, model, works)

/** Iterations in which every expert was computed at its contiguous home. */
function atHome({ spans }: StoryRun): boolean[] {
  return spans.map((list) =>
    list.every(({ kind, expert, die }) => kind !== 'compute' || die === home[expert]),
  )
}

function metric(name: string, { machine }: StoryRun): number | undefined {
  const totals = new Totals()
  addCounters(totals, countersOf(machine))
  return METRICS[name]!.of(totals, packageOf({ hardware: own, model, compat: 'physical' }))
}

describe('placements', () => {
  it.each([
    ['contiguous', [true, true, true, true]],
    ['prefill-remap', [true, false, false, false]],
    ['prefill-dup', [true, false, false, false]],
    ['oracle-best', [true, false, false, false]],
    ['oracle-worst', [true, false, false, false]],
    // What was served before the run is known from its start.
    ['balanced', [false, false, false, false]],
    ['round-robin', [false, false, false, false]],
  ])('%s leaves experts at their contiguous home in iterations %j', (placement, expected) => {
    expect(atHome(run(placement))).toEqual(expected)
  })

  it('balanced knows the first iteration only, where the run takes all requests', () => {
    expect(atHome(run('balanced', noneHeldOut))).toEqual([true, false, false, false])
  })

  it('all stay contiguous in a run of one prefill iteration, but for those that know more than it', () => {
    const stays = (name: string) => atHome(run(name, noneHeldOut.slice(0, 1)))[0]
    expect(Object.keys(placements).filter((name) => !stays(name))).toEqual([
      'round-robin',
      'oracle-best',
      'oracle-worst',
    ])
  })

  it('that deal experts by load even it out, and the opposite does the opposite', () => {
    /** Tokens that the busiest die computed in the decode steps. */
    const busiest = (placement: string) => {
      const tokens = new Float64Array(8)
      for (const span of run(placement, heldOut).spans.slice(1).flat()) {
        if (span.kind === 'compute') tokens[span.die] = tokens[span.die]! + span.tokens
      }
      return Math.max(...tokens)
    }
    for (const name of ['balanced', 'prefill-remap', 'prefill-dup', 'oracle-best']) {
      expect(busiest(name)).toBeLessThan(busiest('contiguous'))
    }
    expect(busiest('oracle-best')).toBeLessThanOrEqual(busiest('prefill-remap'))
    expect(busiest('oracle-worst')).toBeGreaterThan(busiest('contiguous'))
  })
})

describe('what a placement moves', () => {
  it('is every expert whose home changes, once', () => {
    const after = run('prefill-remap')
    const moved = new Set(
      after.spans
        .flat()
        .filter(({ kind, expert, die }) => kind === 'compute' && die !== home[expert])
        .map(({ expert }) => expert),
    )
    const bytes = metric('placementMoveBytes', after)!
    // Experts that nobody chose may have moved too.
    expect(bytes).toBeGreaterThanOrEqual(moved.size * expertBytes(model))
    expect(bytes).toBeLessThanOrEqual(model.experts * expertBytes(model))
    expect(bytes % expertBytes(model)).toBe(0)
    expect(metric('replicas', after)).toBe(0)
  })

  it.each([0, 1, 2])(
    'is every copy, of which prefill-dup with copies=%d makes so many on each die',
    (copies) => {
      const after = run(`prefill-dup,copies=${copies}`)
      expect(metric('replicas', after)).toBe(copies * 8)
      expect(metric('replicaBytes', after)).toBe(copies * 8 * expertBytes(model))
      expect(metric('placementMoveBytes', after)).toBe(
        copies === 0 ? undefined : copies * 8 * expertBytes(model),
      )
      expect(after.machine.traffic.replicaWriteBytes).toBe(0)
    },
  )

  it('is nothing where memory is shared, or where the layout needs no statistics', () => {
    for (const name of Object.keys(placements)) {
      expect(metric('placementMoveBytes', run(name, heldOut, shared))).toBeUndefined()
      expect(metric('replicas', run(name, heldOut, shared))).toBe(0)
    }
    expect(metric('placementMoveBytes', run('round-robin'))).toBeUndefined()
    expect(metric('placementMoveBytes', run('contiguous'))).toBeUndefined()
  })
})

it('in a whole run every layer has its own placement, and what it moved is reported', async () => {
  const layered = { ...model, layers: 4, moeLayers: [1, 2, 3] }
  const rows = Array.from({ length: 6 }, (_, row) => row)
  const iterations = [rows.slice(0, 4), rows.slice(4)].map((taken, i) => ({
    phase: i === 0 ? ('prefill' as const) : ('decode' as const),
    rows: Int32Array.from(taken),
    requests: new Int32Array(taken.length),
  }))
  const source = routingOf({ requests: [[4, 2]], layers: [1, 2, 3], experts: 16, topK: 2 })
  const { resolved } = resolveScheduler({ name: 'ep', options: { placement: 'prefill-dup' } }, 'physical')
  const { metrics, layers } = await wholeRun({
    ...{ hardware: own, model: layered, source, layers: [1, 3], iterations },
    scheduler: resolved!,
  })
  // One copy on each of 8 dies, in each of two layers.
  expect(metrics.placementMoveBytes!.value).toBe(2 * 8 * expertBytes(model))
  expect(metrics.replicas!.value).toBe(2 * 8)
  expect(layers.map((layer) => layer.metrics.replicas!.value)).toEqual([8, 8])
})

describe('memory for copies', () => {
  /** Room for so many experts of the one layer on every die. */
  const roomFor = (experts: number, isShared = false) => ({
    ...own,
    memory: { ...own.memory, shared: isShared, capacityBytes: experts * expertBytes(model) },
  })

  it.each(['prefill-dup', 'balanced'])(
    'that is too small is an error for %s, before anything runs',
    (name) => {
      const withCopies = (copies: number, hardware: typeof own) => () =>
        run(`${name},copies=${copies}`, heldOut, hardware)
      expect(withCopies(1, roomFor(3))).not.toThrow()
      expect(withCopies(2, roomFor(3))).toThrow(UserError)
      expect(withCopies(2, roomFor(3))).toThrow(/make fewer copies than 2 per die/)
      expect(withCopies(2, roomFor(2, true))).not.toThrow()
      // A run without statistics would make none: asked for is asked for.
      expect(() => run(`${name},copies=2`, noneHeldOut.slice(0, 1), roomFor(3))).toThrow(UserError)
    },
  )

  it('is not taken by placements that make no copies', () => {
    for (const name of ['contiguous', 'round-robin', 'prefill-remap', 'oracle-best', 'oracle-worst']) {
      expect(() => run(name, heldOut, roomFor(2))).not.toThrow()
    }
  })

  it('is needed together by the copies of all dies that read through one channel', () => {
    // Of three dies the middle one reads through the first one's channel, behind which 4 of 6 experts lie.
    const line = {
      ...own,
      topology: { kind: 'mesh' as const, columns: 3, rows: 1, numbering: 'row-major' as const },
      memory: { ...own.memory, channelDies: [0, 2], capacityBytes: 4 * expertBytes(model) },
    }
    const few = { ...story, experts: 6 }
    const works = worksOf(few, buildTopology(line.topology))
    const place = (name: string) => () => runWorks(`ep:placement=${name}`, line, modelOf(few), works)
    expect(place('prefill-remap')).not.toThrow()
    expect(place('prefill-dup')).toThrow(UserError)
  })
})

// The calendar of a router network: everything once, in order of time and step, however far ahead it is due.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventLoop } from '../../src/engine/loop.ts'
import { RouterCalendar, Step } from '../../src/hardware/router-calendar.ts'
import { Lanes, type Leg, Legs } from '../../src/hardware/router-lanes.ts'
import { defaultRouter, routerTiming } from '../../src/hardware/router-spec.ts'
import { buildTopology } from '../../src/hardware/topology.ts'
import { plainLink } from './messages.ts'

const topology = buildTopology({ kind: 'ring', dies: 3 })
const lanes = new Lanes(
  routerTiming(plainLink, defaultRouter(plainLink)),
  topology.linkCount,
  topology.dies,
  undefined,
)

/** Something to be due; the calendar does not look into it. */
const aLeg = (flits: number): Leg =>
  new Legs().take(
    {
      transfer: {
        route: topology.route(0, 1),
        bytes: 1,
        onSent: () => undefined,
        onArrived: () => undefined,
      },
      lanes: lanes.path(0, 1, topology.route(0, 1)),
      packetFlits: 16,
      partFlits: 16,
      unsentFlits: flits,
      undeliveredFlits: flits,
    },
    flits,
    0,
    undefined,
    0,
  )

interface Due {
  readonly delayPs: number
  readonly step: Step
}

/** What each batch handles, when everything is added at 0 and `again` is added while the first batch is decided on. */
function handled(flitPs: number, first: readonly Due[], again: readonly Due[]) {
  const loop = new EventLoop()
  const batches: { atPs: number; steps: Step[]; flits: number[] }[] = []
  let batch: (typeof batches)[number] | undefined
  let isFirst = true
  const add = (due: readonly Due[], from: number) => {
    due.forEach(({ delayPs, step }, i) => {
      calendar.add(delayPs, step, aLeg(from + i))
    })
  }
  const calendar: RouterCalendar = new RouterCalendar(
    loop,
    flitPs,
    (step, leg) => {
      batch ??= { atPs: loop.nowPs, steps: [], flits: [] }
      batch.steps.push(step)
      batch.flits.push(leg.flits)
    },
    () => {
      if (batch !== undefined) batches.push(batch)
      batch = undefined
      if (isFirst) add(again, first.length)
      isFirst = false
    },
  )
  add(first, 0)
  calendar.wake()
  loop.run()
  return { batches, isEmpty: calendar.isEmpty }
}

const due = fc.record({
  // Within a slot, over the wheel, and many turns of it ahead.
  delayPs: fc.oneof(
    ...[50, 30_000, 3_000_000].map((max) => fc.integer({ min: 1, max })),
    fc.constant(2_900_000),
  ),
  step: fc.constantFrom(...Object.values(Step)),
})

test('handles everything once, a batch for each time in order, and in it step after step', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(1, 7, 12.5, 1000),
      fc.array(due, { minLength: 1, maxLength: 40 }),
      fc.array(due, { maxLength: 20 }),
      (flitPs, first, again) => {
        const { batches, isEmpty } = handled(flitPs, first, again)
        const startPs = Math.min(...first.map(({ delayPs }) => delayPs))
        const times = [
          ...first.map(({ delayPs }) => delayPs),
          ...again.map(({ delayPs }) => startPs + delayPs),
        ]
        const got = batches.flatMap(({ atPs, flits }) => flits.map((flit) => [flit, atPs]))
        expect(got.sort(([a], [b]) => a! - b!)).toEqual(times.map((timePs, i) => [i, timePs]))
        const ends = batches.map(({ atPs }) => atPs)
        expect(ends).toEqual([...new Set(ends)].sort((a, b) => a - b))
        for (const { steps } of batches) expect(steps).toEqual([...steps].sort((a, b) => a - b))
        expect(isEmpty).toBe(true)
      },
    ),
    { numRuns: 100 },
  )
})

test('handles what is of one time and step in the order in which it was added', () => {
  const same = (count: number): Due[] =>
    Array.from({ length: count }, () => ({ delayPs: 9, step: Step.credit }))
  expect(handled(4, same(5), []).batches).toEqual([
    { atPs: 9, steps: Array(5).fill(Step.credit), flits: [0, 1, 2, 3, 4] },
  ])
})

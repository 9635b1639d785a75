// The event queue gives what a stable sort by (time, rank) would, however pushes and pops are mixed.
import fc from 'fast-check'
import FlatQueue from 'flatqueue'
import { describe, expect, it } from 'vitest'
import { WheelEventQueue } from '../../src/engine/wheel-queue.ts'

interface Event {
  readonly timePs: number
  readonly rank: number
  readonly payload: number
}

const inOrder = (a: Event, b: Event) => a.timePs - b.timePs || a.rank - b.rank

function popped(queue: WheelEventQueue): Event {
  const { timePs, rank, payload } = queue
  return { timePs, rank, payload }
}

function drain(queue: WheelEventQueue): Event[] {
  const events: Event[] = []
  while (queue.pop()) events.push(popped(queue))
  return events
}

/** Few distinct times and ranks, so that ties are the rule; and some times at the end of what a clock can show. */
const keys = fc.record({
  timePs: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom(2 ** 53 - 1, 2 ** 53 - 2, 1e12)),
  rank: fc.integer({ min: 0, max: 4 }),
})

describe('event queue', () => {
  it('pops in the order of a stable sort by time and rank', () => {
    fc.assert(
      fc.property(fc.array(keys, { maxLength: 200 }), (list) => {
        const events = list.map((key, payload) => ({ ...key, payload }))
        const queue = new WheelEventQueue()
        for (const { timePs, rank, payload } of events) queue.push(timePs, rank, payload)
        expect(queue.size).toBe(events.length)
        expect(drain(queue)).toEqual(events.toSorted(inOrder))
        expect(queue.size).toBe(0)
      }),
      { seed: 11, numRuns: 300 },
    )
  })

  it('pops the smallest of what is in it, however pushes and pops are mixed', () => {
    fc.assert(
      fc.property(fc.array(fc.option(keys), { maxLength: 200 }), (steps) => {
        const queue = new WheelEventQueue()
        let pending: Event[] = []
        steps.forEach((key, payload) => {
          if (key !== null) {
            queue.push(key.timePs, key.rank, payload)
            pending = [...pending, { ...key, payload }].toSorted(inOrder)
            return
          }
          const expected = pending.shift()
          expect(queue.pop()).toBe(expected !== undefined)
          if (expected !== undefined) expect(popped(queue)).toEqual(expected)
        })
        expect(drain(queue)).toEqual(pending)
      }),
      { seed: 12, numRuns: 300 },
    )
  })

  it('pops in order while the wheel turns, with many pending at times near and far', () => {
    const delays = fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 0, max: 10_000 }) },
      { weight: 1, arbitrary: fc.constantFrom(0, 1, 1e6, 1e12) },
    )
    const pushes = fc.array(fc.tuple(delays, fc.integer({ min: 0, max: 6 })), { minLength: 1, maxLength: 9 })
    const rounds = fc.array(fc.record({ pushes, times: fc.integer({ min: 0, max: 90 }) }), { maxLength: 60 })
    fc.assert(
      fc.property(rounds, (list) => {
        const queue = new WheelEventQueue()
        const pending: Event[] = []
        let payload = 0
        const push = (timePs: number, rank: number) => {
          queue.push(timePs, rank, payload)
          const event = { timePs, rank, payload: payload++ }
          const at = pending.findIndex((other) => inOrder(other, event) > 0)
          pending.splice(at < 0 ? pending.length : at, 0, event)
        }
        for (const { pushes, times } of list) {
          for (let i = 0; i < times; i++)
            for (const [delayPs, rank] of pushes) push(queue.timePs + ((delayPs * (i + 7)) % 99_991), rank)
          for (let i = 0; i < 2 * times && queue.pop(); i++) expect(popped(queue)).toEqual(pending.shift())
        }
        expect(drain(queue)).toEqual(pending)
      }),
      { seed: 13, numRuns: 12 },
    )
  })

  it('grows past its first thousand, and agrees with another priority queue all the way', () => {
    const queue = new WheelEventQueue()
    const other = new FlatQueue<number>()
    let state = 1
    for (let payload = 0; payload < 5000; payload++) {
      state = (state * 48_271) % 2_147_483_647
      const [timePs, rank] = [state % 97, state % 5]
      queue.push(timePs, rank, payload)
      // One key of time, rank and order of insertion, which is unique.
      other.push(payload, (timePs * 5 + rank) * 5000 + payload)
    }
    const expected = Array.from({ length: 5000 }, () => other.pop())
    expect(drain(queue).map(({ payload }) => payload)).toEqual(expected)
  })

  it('skips to a time only where nothing is due before or then, and pops in order from there on', () => {
    const step = fc.record({
      ...{ ahead: fc.integer({ min: 1, max: 6 }) },
      what: fc.constantFrom('push', 'pop', 'skip'),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const queue = new WheelEventQueue()
        const pending: Event[] = []
        steps.forEach(({ what, ahead }, payload) => {
          const timePs = queue.timePs + ahead
          if (what === 'skip') {
            expect(queue.skipTo(timePs)).toBe(pending.every((event) => event.timePs > timePs))
          } else if (what === 'pop') {
            const first = pending.toSorted(inOrder)[0]
            expect(queue.pop() ? popped(queue) : undefined).toEqual(first)
            if (first !== undefined) pending.splice(pending.indexOf(first), 1)
          } else {
            for (const event of [
              { timePs: queue.timePs, rank: ahead, payload },
              { timePs, rank: 0, payload },
            ]) {
              pending.push(event)
              queue.push(event.timePs, event.rank, payload)
            }
          }
        })
        expect(drain(queue)).toEqual(pending.toSorted(inOrder))
      }),
    )
  })

  it('does not skip anywhere while what comes next is in slots', () => {
    const queue = new WheelEventQueue()
    for (let payload = 0; payload < 5000; payload++) queue.push(1000 + 7 * payload, 0, payload)
    for (let left = 5000; left > 0; left--) {
      expect(queue.skipTo(1000 + 7 * (5000 - left) + 1)).toBe(false)
      queue.pop()
      expect(queue.payload).toBe(5000 - left)
    }
  })

  it('pops many events of one later time in the order of their ranks, then of insertion', () => {
    const queue = new WheelEventQueue()
    const events = Array.from({ length: 1000 }, (_, payload) => ({ timePs: 7, rank: payload % 3, payload }))
    for (const { timePs, rank, payload } of events) queue.push(timePs, rank, payload)
    expect(drain(queue)).toEqual(events.toSorted(inOrder))
  })

  it('uses the room of events that went again', () => {
    const queue = new WheelEventQueue()
    for (let round = 0; round < 20; round++) {
      for (let i = 1; i <= 1000; i++) queue.push(queue.timePs + i, 0, i)
      expect(drain(queue)).toHaveLength(1000)
    }
    const { times } = queue as unknown as { readonly times: Float64Array }
    expect(times.length).toBeLessThanOrEqual(2048)
  })

  it('says so when it is empty', () => {
    expect(new WheelEventQueue().pop()).toBe(false)
  })
})

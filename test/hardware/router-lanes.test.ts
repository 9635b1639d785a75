// Packets under way in a router network: what is over is taken again, and nobody takes it for what it was.
import { expect, test, vi } from 'vitest'
import { Lanes, Legs, type Message } from '../../src/hardware/router-lanes.ts'
import { defaultRouter, routerTiming } from '../../src/hardware/router-spec.ts'
import { buildTopology } from '../../src/hardware/topology.ts'
import { plainLink, sendAll } from './messages.ts'

const topology = buildTopology({ kind: 'ring', dies: 3 })
const timing = routerTiming(plainLink, defaultRouter(plainLink))
const lanes = new Lanes(timing, topology.linkCount, topology.dies, undefined)
const route = topology.route(0, 1)
const transfer = { route, bytes: 1, onSent: () => undefined, onArrived: () => undefined }
const path = lanes.path(0, 1, route)
const message: Message = {
  ...{ transfer, lanes: path, packetFlits: 16, partFlits: 16, unsentFlits: 8, undeliveredFlits: 8 },
}

const OVER = { isOver: true, stepsDue: 0 }

test('a leg that is taken again is as new', () => {
  const legs = new Legs()
  const leg = legs.take(message, 8, 1, undefined, 100)
  const asNew = { ...leg }
  // Something is due of it still.
  legs.giveIfOver(Object.assign(leg, { isOver: true, stepsDue: 1 }))
  const [other, to] = [legs.take(message, 8, 2, undefined, 0), path[2]!.channels[0]]
  expect(other).not.toBe(leg)
  legs.giveIfOver(Object.assign(leg, OVER, { next: other, to, isMoving: true, isPassing: true }))
  expect(legs.take(message, 8, 1, undefined, 100)).toBe(leg)
  expect(leg).toEqual(asNew)
  legs.giveIfOver(Object.assign(leg, OVER))
  const longer = legs.take(message, 17, 0, path[1]!.channels[0], 5)
  expect(longer).toBe(leg)
  expect(longer).toMatchObject({ flits: 17, isTrain: true, hop: 0, lane: path[0], tailPs: 5 })
})

test('a leg that is over before those of earlier routers waits for them', () => {
  const legs = new Legs()
  const [first, second, third] = [0, 1, 2].map((hop) => legs.take(message, 8, hop, undefined, 0))
  Object.assign(first!, { next: second })
  Object.assign(second!, { previous: first, next: third })
  Object.assign(third!, { previous: second })
  const takeSome = () => [0, 0, 0].map(() => legs.take(message, 8, 0, undefined, 0))
  legs.giveIfOver(Object.assign(second!, OVER))
  expect(takeSome().some((leg) => leg === first || leg === second || leg === third)).toBe(false)
  legs.giveIfOver(Object.assign(first!, OVER))
  expect(takeSome().slice(0, 2)).toEqual([second, first])
  legs.giveIfOver(Object.assign(third!, OVER))
  expect(takeSome()[0]).toBe(third)
})

test('a network takes few legs for many packets: those under way at a time', () => {
  const take = vi.spyOn(Legs.prototype, 'take')
  sendAll(topology, { sharing: 'routers' }, [{ from: 0, to: 1, bytes: 1_000_000 }])
  const taken = take.mock.results.map(({ value }) => value)
  expect(taken.length).toBeGreaterThan(100)
  expect(new Set(taken).size).toBeLessThan(20)
  take.mockRestore()
})

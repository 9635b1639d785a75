// One message held back by a cycle, and those that are not.
import { expect, it } from 'vitest'
import { EventLoop } from '../../src/engine/loop.ts'
import { buildFabric } from '../../src/hardware/fabrics.ts'
import { LateFabric } from '../../src/hardware/late-fabric.ts'
import { buildTopology } from '../../src/hardware/topology.ts'
import { plainLink } from './messages.ts'

const CYCLE_PS = 32
const topology = buildTopology({ kind: 'crossbar', dies: 8 })

/** Arrivals of 100 B between four pairs of dies, after one to itself, where the message after `before` others is held back. */
function arrivals(before: number | undefined): { arrivedPs: number[]; sent: number; waiting: number } {
  const loop = new EventLoop()
  const fabric = new LateFabric(plainLink, buildFabric(plainLink, topology, loop), loop)
  if (before !== undefined) fabric.holdBack(before)
  const arrivedPs: number[] = []
  const routes = [topology.route(0, 0), ...[0, 1, 2, 3].map((die) => topology.route(die, die + 4))]
  routes.forEach((route, i) => {
    const onArrived = () => {
      arrivedPs[i] = loop.nowPs
    }
    fabric.send({ route, bytes: 100, onSent: () => undefined, onArrived })
  })
  const waiting = fabric.waiting()
  loop.run()
  return { arrivedPs: arrivedPs.slice(1), sent: fabric.sent, waiting }
}

it('holds back the message that was named, by a flit of 32 B, and says so while it waits', () => {
  const free = arrivals(undefined)
  expect(free).toMatchObject({ sent: 4, waiting: 0 })
  for (const late of [0, 2]) {
    const { arrivedPs, waiting } = arrivals(late)
    expect(arrivedPs).toEqual(free.arrivedPs.map((ps, i) => (i === late ? ps + CYCLE_PS : ps)))
    expect(waiting).toBe(1)
  }
})

it('holds nothing back where the message never comes', () => {
  expect(arrivals(4).arrivedPs).toEqual(arrivals(undefined).arrivedPs)
})

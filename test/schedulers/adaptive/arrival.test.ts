// How long tokens are under way: hops from the farthest die that has some.
import { expect, it } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import { arrivalsPs, gatherLatencyPs } from '../../../src/schedulers/adaptive/arrival.ts'
import { kernelMachines, madeUp } from '../machines.ts'
import { modelOf } from '../stories.ts'

const hardware = madeUp.find(({ name }) => name === 'own-memory-5x5')!
const model = modelOf({ experts: 8, topK: 2, requests: 1, prefill: 1, decode: 0, skew: 0, seed: 1 })
const pkg = packageOf({ hardware, model, compat: 'physical' })
const hopPs = hardware.link.latencyPs

it('counts the hops from the farthest of the dies that tokens rest on', () => {
  const oneCorner = arrivalsPs([0], pkg)
  expect(oneCorner[0]).toBe(0)
  expect(Math.max(...oneCorner)).toBe(8 * hopPs)
  const bothCorners = arrivalsPs([0, 24, 0], pkg)
  // From the middle both are four hops away, and each is eight from the other.
  expect([bothCorners[12], bothCorners[0], bothCorners[24]]).toEqual([4 * hopPs, 8 * hopPs, 8 * hopPs])
})

it('knows the longest way of a package, and packages of other links apart', () => {
  expect(gatherLatencyPs(pkg)).toBe(8 * hopPs)
  const slow = { ...pkg, hardware: { ...hardware, link: { ...hardware.link, latencyPs: 10 * hopPs } } }
  expect(gatherLatencyPs(slow)).toBe(80 * hopPs)
})

it('counts the start-ups of the exchange and of a message, but none for tokens that are there', () => {
  const startup = { messagePs: 30, exchangePs: 7000 }
  const slow = { ...pkg, hardware: { ...hardware, link: { ...hardware.link, startup } } }
  const [here, next] = arrivalsPs([0], slow)
  expect([here, next]).toEqual([0, 7000 + 30 + hopPs])
  expect(gatherLatencyPs(slow)).toBe(30 + 8 * hopPs)
})

it('counts the start-up of messages to other nodes for those alone', () => {
  const nodes = kernelMachines.find(({ link }) => link.outer !== undefined)!
  const startup = { messagePs: 30, exchangePs: 0 }
  const slow = packageOf({
    hardware: { ...nodes, link: { ...nodes.link, startup } },
    model,
    compat: 'physical',
  })
  const away = Array.from(slow.topology.order, (die) => slow.topology.route(0, die).outerHops > 0)
  const fast = packageOf({
    hardware: { ...nodes, link: { ...nodes.link, startup: undefined } },
    model,
    compat: 'physical',
  })
  const outer = { ...nodes.link.outer!, messagePs: 0 }
  const free = { ...fast, hardware: { ...fast.hardware, link: { ...fast.hardware.link, outer } } }
  const latencies = arrivalsPs([0], free)
  const added = arrivalsPs([0], slow).map((ps, die) => ps - latencies[die]!)
  expect([...added]).toEqual(
    away.map((isAway, die) => (isAway ? nodes.link.outer!.messagePs : die === 0 ? 0 : 30)),
  )
  expect(new Set(away).size).toBe(2)
})

// What a slice costs a die, resource by resource, worked out by hand.
import { expect, it } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import { expertBytes, tokenBytes } from '../../../src/model/shape.ts'
import { readsAnyChannel, sliceCosts } from '../../../src/schedulers/adaptive/costs.ts'
import { kernelMachines, madeUp } from '../machines.ts'
import { modelOf } from '../stories.ts'

const model = modelOf({ experts: 8, topK: 2, requests: 1, prefill: 1, decode: 0, skew: 0, seed: 1 })
const named = (name: string) => madeUp.find((machine) => machine.name === name)!
const costsOf = (hardware: HardwareSpec, slices: number) => {
  const costs = sliceCosts(packageOf({ hardware, model, compat: 'physical' }), slices)
  const { readPs, portPs, tokenPs, firstReadPs, firstTokenPs } = costs
  const ofTokens = { inputPs: costs.inputPs(3), innerPs: costs.innerPs(3) }
  return { readPs, portPs, tokenPs, firstReadPs, firstTokenPs, ...ofTokens }
}
const shared = named('shared-2x2')
/** A slice of four at an eighth of a byte in a ps. */
const slicePs = (8 * expertBytes(model)) / 4

it('of memory that dies share, each has an equal part; tokens that rest on chip and no cache take nothing', () => {
  expect(costsOf(shared, 4)).toEqual({
    ...{ readPs: slicePs, portPs: 0, tokenPs: 4 * tokenBytes(model), inputPs: 0, innerPs: 0 },
    ...{ firstReadPs: expect.any(Number), firstTokenPs: expect.any(Number) },
  })
  const two: HardwareSpec = { ...shared, memory: { ...shared.memory, channelDies: [0, 3] } }
  expect(costsOf(two, 4).readPs).toBe(2 * slicePs)
})

it('dies read through any channel where memory is shared, unless links are slower or each piece would have its own latency', () => {
  const any = (change: Partial<HardwareSpec>) =>
    readsAnyChannel(packageOf({ hardware: { ...shared, ...change }, model, compat: 'physical' }))
  const { link, memory } = shared
  expect(any({})).toBe(true)
  expect(any({ link: { ...link, bytesPerPs: 1 / 9 } })).toBe(false)
  expect(any({ memory: { ...memory, access: 'serial', latencyPs: 1 } })).toBe(false)
  expect(any({ memory: { ...memory, access: 'serial', latencyPs: 0 } })).toBe(true)
  expect(any({ memory: { ...memory, shared: false } })).toBe(false)
})

it('of memory of its own a die has all; a cache takes its port, activations in memory the channel', () => {
  const own = named('own-memory-5x5')
  // Three matrices: in and out of full width, the inner one in slices.
  const elementPs = 8 * 3 * 3 * model.activationBytes
  expect(costsOf(own, 4)).toMatchObject({
    // Ten dies on one side of five links, of each token that comes to each die three fifths from the other fifteen: 1.2 a link.
    ...{ readPs: slicePs, portPs: 640, tokenPs: expect.closeTo(1.2 * 4 * tokenBytes(model)) },
    inputPs: elementPs * model.hidden,
    innerPs: (elementPs * model.expertIntermediate) / 4,
  })
  const serial: HardwareSpec = { ...own, memory: { ...own.memory, access: 'serial' } }
  expect(costsOf(serial, 4).readPs).toBe(slicePs + 2048)
})

it('a token keeps the way of a die busy as long as it does on its way to other nodes, as often as dies are there', () => {
  const nodes = kernelMachines.find(({ link }) => link.outer !== undefined)!
  const { topology } = packageOf({ hardware: nodes, model, compat: 'physical' })
  const others = topology.dies - 1
  const away = Array.from(topology.order).filter((die) => topology.route(0, die).outerHops > 0).length
  const tokenPs = (outer: HardwareSpec['link']['outer']) =>
    costsOf({ ...nodes, compute: shared.compute, link: { ...nodes.link, outer } }, 1).tokenPs
  const outer = nodes.link.outer!
  const slow = tokenPs({ ...outer, payloadBytesPerPs: 1 / 1000 })
  expect(slow).toBeCloseTo((1000 * tokenBytes(model) * away) / others)
  // Where the way to other nodes takes hardly any time, what is left is that inside, to the other dies of the node.
  const fast = tokenPs({ ...outer, payloadBytesPerPs: 1000 })
  expect(fast).toBeCloseTo((tokenPs(undefined) * (others - away)) / others)
  expect([away, others]).toEqual([4, 7])
})

it('the first weights are there after the latency of memory, the first tokens after that of their way', () => {
  expect(costsOf(shared, 4).firstReadPs).toBe(2048)
  const far: HardwareSpec = { ...shared, link: { ...shared.link, latencyPs: 1e6 } }
  expect(costsOf(far, 4)).toMatchObject({ firstReadPs: 2048, firstTokenPs: 2e6 })
})

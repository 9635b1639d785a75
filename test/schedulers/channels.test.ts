// Which channel a die reads through: ties spread evenly, and where channels=own says nothing.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packageOf } from '../../src/hardware/package.ts'
import { buildTopology } from '../../src/hardware/topology.ts'
import { channelOf, nearestEvenly, sharedSource } from '../../src/schedulers/channels.ts'
import { tinyModel } from '../helpers/frames.ts'
import { madeUp } from './machines.ts'

const machine = (name: string) => {
  const hardware = madeUp.find((spec) => spec.name === name)!
  return packageOf({ hardware, model: tinyModel(8, 1), compat: 'physical' })
}

describe('the channel of a die', () => {
  it('is its own or that of the nearest die that has one, ties spread over the channels', () => {
    const channels = Array.from({ length: 9 }, (_, die) => channelOf(machine('corners-3x3'))(die))
    // Each corner serves itself and the edge that follows; the middle goes to the first.
    expect(channels).toEqual([0, 0, 2, 6, 0, 2, 6, 8, 8])
  })
})

describe('nearest, evenly', () => {
  it('gives each die one of the targets with fewest hops', () => {
    const topology = buildTopology({ kind: 'mesh', columns: 4, rows: 3, numbering: 'column-major' })
    const some = fc.uniqueArray(fc.nat(11), { minLength: 1 })
    fc.assert(
      fc.property(some, some, (dies, targets) => {
        const given = nearestEvenly(topology, dies, targets)
        expect([...given.keys()].sort()).toEqual([...dies].sort())
        for (const [die, target] of given) {
          const hops = targets.map((other) => topology.hops(other, die))
          expect(targets).toContain(target)
          expect(topology.hops(target, die)).toBe(Math.min(...hops))
        }
      }),
    )
  })

  it('gives targets that are equally near to all as many dies each, or one more', () => {
    const topology = buildTopology({ kind: 'crossbar', dies: 9 })
    const given = [...nearestEvenly(topology, [4, 5, 6, 7, 8], [0, 1, 2]).values()]
    expect([0, 1, 2].map((target) => given.filter((other) => other === target).length)).toEqual([2, 2, 1])
  })
})

describe('channels=own', () => {
  it('is the channel of the die, and any leaves it open', () => {
    const corners = machine('corners-3x3')
    expect(sharedSource(corners, 'own')(7)).toBe(8)
    expect(sharedSource(corners, 'any')(7)).toBeUndefined()
  })

  it('is refused where there is nothing to choose from', () => {
    expect(() => sharedSource(machine('own-corners-3x3'), 'own')).toThrow(
      'channels=own changes nothing on own-corners-3x3, where each weight has one home',
    )
    expect(() => sharedSource(machine('torus-3x3-one-channel'), 'own')).toThrow(
      'channels=own changes nothing on torus-3x3-one-channel, where there is one memory channel',
    )
  })
})

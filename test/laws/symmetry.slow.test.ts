// Law: a symmetric package carries symmetric loads. Channels of shared memory, none of which lies better than another, read alike.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadHardware } from '../../src/config/hardware/hardware.ts'
import type { HardwareSpec } from '../../src/hardware/spec.ts'
import { buildTopology, type Topology } from '../../src/hardware/topology.ts'
import { nearestEvenly } from '../../src/schedulers/channels.ts'
import { bundledIo } from '../config/bundled-io.ts'
import { tinyModel, workOf } from '../helpers/frames.ts'
import { runWorks } from '../schedulers/stories.ts'

const packages = await Promise.all(
  ['fse-dp-2x2', 'fse-dp-3x3', 'fse-dp-4x4'].map((name) => loadHardware(bundledIo(), name)),
)
const model = tinyModel(24, 16)

const SCHEDULERS = [
  ...['ep', 'ep:prefetch=1', 'ep-tiled', 'hydra', 'round-robin', 'forecast-prefetch', 'fse-dp-naive'],
  ...['fse-dp', 'fse-dp-paired', 'fse-dp:load-aware=true', 'fse-dp:rule5=true', 'fse-dp:slices=6'],
]

/** Turns a square package by a quarter: the die to which each die's place goes. */
function quarterTurn({ topology }: HardwareSpec): number[] {
  const side = topology.kind === 'mesh' ? topology.columns : 0
  return Array.from(
    { length: side * side },
    (_, die) => (die % side) * side + side - 1 - Math.floor(die / side),
  )
}

/** Tokens that rest on each die, one after the other, with some experts each. */
const choicesOn = ({ dies }: Topology) =>
  fc.array(fc.uniqueArray(fc.nat(model.experts - 1), { minLength: 2, maxLength: 4 }), {
    minLength: dies,
    maxLength: dies,
  })

describe.each(packages)('on $name', (hardware) => {
  const topology = buildTopology(hardware.topology)
  const turn = quarterTurn(hardware)

  it('turning it by a quarter gives the same package', () => {
    expect(turn.toSorted((a, b) => a - b)).toEqual([...topology.order].sort((a, b) => a - b))
    const { channelDies } = hardware.memory
    expect(channelDies.map((die) => turn[die]!).sort()).toEqual([...channelDies].sort())
    for (const a of topology.order)
      for (const b of topology.order) expect(topology.hops(turn[a]!, turn[b]!)).toBe(topology.hops(a, b))
  })

  it.each(SCHEDULERS)('%s has all channels read alike, whichever way round tokens lie', (scheduler) => {
    fc.assert(
      fc.property(choicesOn(topology), (choices) => {
        const turned = choices.map((_, die) => choices[turn.indexOf(die)]!)
        for (const lying of [choices, turned]) {
          const works = [workOf(lying, model.experts, topology)]
          const { channelBytes } = runWorks(scheduler, hardware, model, works).machine.traffic
          const read = hardware.memory.channelDies.map((die) => channelBytes[die]!)
          const mean = read.reduce((a, b) => a + b, 0) / read.length
          expect(Math.max(...read) / mean).toBeLessThanOrEqual(1.05)
        }
      }),
      { numRuns: 4 },
    )
  })

  it('as many dies, or one more, have each channel for their own', () => {
    const channels = [...nearestEvenly(topology, topology.order, hardware.memory.channelDies).values()]
    const served = hardware.memory.channelDies.map((die) => channels.filter((other) => other === die).length)
    expect(Math.max(...served) - Math.min(...served)).toBeLessThanOrEqual(1)
  })
})

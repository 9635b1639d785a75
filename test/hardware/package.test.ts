// A package: its links laid out and the payload rate of a link worked out, once.
import { expect, test } from 'vitest'
import { payloadBytesPerPs } from '../../src/hardware/fabric.ts'
import { packageOf } from '../../src/hardware/package.ts'
import { buildTopology } from '../../src/hardware/topology.ts'
import { frameHardware, tinyModel } from '../helpers/frames.ts'

const base = frameHardware({ load: 1, hop: 1, compute: 1, pieces: 1 })
const hardware = { ...base, link: { ...base.link, bytesPerPs: 0.5, efficiency: 0.75 } }
const spec = { hardware, model: tinyModel(2, 1), compat: 'physical' } as const

test('payload is the part of the bandwidth that the efficiency of a link says', () => {
  expect(packageOf(spec).payloadBytesPerPs).toBe(0.375)
  expect(payloadBytesPerPs(hardware.link)).toBe(0.375)
})

test('links are laid out as the hardware says, or as they are already', () => {
  expect(packageOf(spec).topology.dies).toBe(4)
  const built = buildTopology(hardware.topology)
  expect(packageOf(spec, built).topology).toBe(built)
})

test('of what it is made of only that is taken which makes a package', () => {
  const { topology, ...rest } = packageOf({ ...spec, ...{ seed: 3 } })
  expect(topology.dies).toBe(4)
  expect(rest).toEqual({ ...spec, payloadBytesPerPs: 0.375 })
})

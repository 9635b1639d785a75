// What a layer finds read ahead: the bytes that it need not read, and what was read in vain.
import { expect, it } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import { expertBytes } from '../../../src/model/shape.ts'
import type { HandedSlice } from '../../../src/sim/ahead/read-ahead.ts'
import { LayerMachine } from '../../../src/sim/machine/machine.ts'
import { frameHardware, tinyModel, workOf } from '../../helpers/frames.ts'

const SLICES = 5
const model = tinyModel(6, 3)
const frames = frameHardware({ load: 1, hop: 1, compute: 1, pieces: 3 })
const hardware = { ...frames, memory: { ...frames.memory, shared: false } }
const pkg = packageOf({ hardware, model, compat: 'physical' })

function machineWith(slices: readonly HandedSlice[], replicaBudgetBytes = 0) {
  const scheduler = {
    ...{ slices: SLICES, replicaBudgetBytes },
    home: (expert: number) => expert % 4,
    startLayer: () => undefined,
  }
  const machine = new LayerMachine(pkg, scheduler)
  machine.ahead.receive({ slices, channelLagPs: new Map() })
  return machine
}
const handed = (
  expert: number,
  slice: number,
  die: number,
  into: HandedSlice['into'] = 'sram',
): HandedSlice => ({
  ...{ expert, slice, die, into, lagPs: 0 },
})
const work = workOf([[1], [2], [2]], model.experts, pkg.topology)

/** 96 columns in five slices: four of 20 and one of 16, or as the machine cuts them. */
const bytesOf = (slice: number) => machineWith([handed(1, slice, 0)]).ahead.presentBytes(work)

it('slices of an expert are all of its bytes, however unevenly it is cut', () => {
  const sizes = Array.from({ length: SLICES }, (_, slice) => bytesOf(slice))
  expect(sizes.reduce((sum, bytes) => sum + bytes, 0)).toBe(expertBytes(model))
  expect(new Set(sizes).size).toBeGreaterThan(1)
})

it('counts in bytes each slice once that is in SRAM and whose expert is needed', () => {
  const last = SLICES - 1
  const { ahead } = machineWith([
    handed(1, 0, 0),
    handed(1, 0, 3),
    handed(2, last, 1),
    // Nobody chose expert 4, and replicas count as memory.
    handed(4, 1, 0),
    handed(1, 1, 2, 'memory'),
  ])
  expect(ahead.presentBytes(work)).toBe(bytesOf(0) + bytesOf(last))
  expect(machineWith([]).ahead.presentBytes(work)).toBe(0)
  expect(
    new LayerMachine(pkg, { slices: 1, home: () => 0, startLayer: () => undefined }).ahead.presentBytes(work),
  ).toBe(0)
})

it('replicas that are there already, or have no room at all, have been read in vain', () => {
  const slices = [handed(1, 0, 2, 'memory'), handed(1, 1, 2, 'memory')]
  const roomy = machineWith(slices, 1e9)
  expect([roomy.traffic.aheadVainBytes, roomy.holdings.hasReplica(1, 1, 2)]).toEqual([0, true])
  roomy.ahead.receive({ slices: slices.slice(1), channelLagPs: new Map() })
  expect(roomy.traffic.aheadVainBytes).toBe(bytesOf(1))
  expect(machineWith(slices).traffic.aheadVainBytes).toBe(bytesOf(0) + bytesOf(1))
  // In SRAM they are not judged before they are used.
  expect(machineWith([handed(1, 0, 2)]).traffic.aheadVainBytes).toBe(0)
})

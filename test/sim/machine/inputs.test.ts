// A die that computes with a part of an expert's slices reads its inputs in full: what schedulers say of it is held against loads.
import { expect, it } from 'vitest'
import { Bug } from '../../../src/errors.ts'
import { packageOf } from '../../../src/hardware/package.ts'
import { sliceActivationBytes } from '../../../src/model/shape.ts'
import { Inputs } from '../../../src/sim/machine/inputs.ts'
import { frameHardware, tinyModel } from '../../helpers/frames.ts'

const hardware = frameHardware({ load: 1, hop: 1, compute: 1, pieces: 1 })
const model = tinyModel(4, 4)
const SLICES = 4
const inMemory = () =>
  new Inputs(
    packageOf({ hardware: { ...hardware, activations: 'memory' }, model, compat: 'physical' }),
    SLICES,
  )
const job = (die: number, slicesHere?: number) => ({
  expert: 3,
  die,
  tokens: 5,
  ...(slicesHere !== undefined && { slicesHere }),
})

it('inputs are shared among the slices that a die computes with', () => {
  const inputs = inMemory()
  expect(inputs.streamBytes(job(0, 2))).toBe(
    sliceActivationBytes(model, 5, { slices: SLICES, slicesHere: 2 }),
  )
  expect(inputs.streamBytes(job(1))).toBe(
    sliceActivationBytes(model, 5, { slices: SLICES, slicesHere: SLICES }),
  )
  expect(inputs.streamBytes({ ...job(2), tokens: 0 })).toBe(0)
})

it('as many slices come as were to share them', () => {
  const inputs = inMemory()
  inputs.streamBytes(job(0, 2))
  expect(() => inputs.assertWhole()).toThrow(
    new Bug('die 0, expert 3: 1 slices came, not the 2 that were said'),
  )
  inputs.streamBytes(job(0, 2))
  expect(() => inputs.assertWhole()).not.toThrow()
  inputs.streamBytes(job(0, 2))
  expect(() => inputs.assertWhole()).toThrow(Bug)
})

it('an expert is shared in one way on one die', () => {
  const inputs = inMemory()
  inputs.streamBytes(job(0, 2))
  expect(() => inputs.streamBytes(job(0, 1))).toThrow(Bug)
})

it('nothing is streamed where activations rest on chip', () => {
  const inputs = new Inputs(packageOf({ hardware, model, compat: 'physical' }), SLICES)
  expect(inputs.streamBytes(job(0, 2))).toBe(0)
  expect(() => inputs.assertWhole()).not.toThrow()
})

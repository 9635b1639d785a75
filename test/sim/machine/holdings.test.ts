// Which memory holds what when a scheduler's placement changes between iterations.

import { describe, expect, it } from 'vitest'
import { Bug } from '../../../src/errors.ts'
import { packageOf } from '../../../src/hardware/package.ts'
import { expertBytes } from '../../../src/model/shape.ts'
import { Holdings } from '../../../src/sim/machine/holdings.ts'
import { frameHardware, tinyModel } from '../../helpers/frames.ts'

const model = tinyModel(3, 1)
const bytes = expertBytes(model)
const hardware = frameHardware({ load: 1, hop: 1, compute: 1, pieces: 1 })

/** Experts 0, 1, 2 on dies 0, 1, 2; from iteration 1 on expert 0 on die 3, and expert 1 on die 0 too. Two slices each. */
function holdings(isShared: boolean) {
  let hasChanged = false
  const scheduler = {
    slices: 2,
    home: (expert: number) => (hasChanged && expert === 0 ? 3 : expert),
    copies: (expert: number) => (hasChanged && expert === 1 ? [0] : []),
    prepare: (iteration: number) => {
      const isNew = !hasChanged && iteration >= 1
      hasChanged ||= isNew
      return isNew
    },
    startLayer: () => undefined,
  }
  const spec = { ...hardware, memory: { ...hardware.memory, shared: isShared } }
  return new Holdings(packageOf({ hardware: spec, model, compat: 'physical' }), scheduler)
}

describe('a placement that changes', () => {
  it('holds from the iteration on that the scheduler says', () => {
    const held = holdings(false)
    held.enter(0)
    expect([0, 1, 2, 3].map((die) => held.share(0, die))).toEqual([1, 0, 0, 0])
    held.enter(1)
    expect([0, 1, 2, 3].map((die) => held.share(0, die))).toEqual([0, 0, 0, 1])
    expect([0, 1, 2, 3].map((die) => held.share(1, die))).toEqual([1, 1, 0, 0])
  })

  it('moves what a memory holds now and did not before, once, however often the iteration is entered', () => {
    const held = holdings(false)
    held.enter(0)
    expect(held.counters.movedBytes).toBe(0)
    held.enter(1)
    held.enter(1)
    held.enter(2)
    expect(held.counters.movedBytes).toBe(2 * bytes)
    expect([held.counters.extraCopies, held.counters.extraBytes]).toEqual([1, bytes])
  })

  it('lets channels read home and copies, and nothing that has left', () => {
    const held = holdings(false)
    held.enter(0)
    expect(() => held.noteRead(0, 1, 0)).not.toThrow()
    expect(() => held.noteRead(1, 0, 0)).toThrow(Bug)
    held.enter(1)
    expect(() => held.noteRead(0, 1, 0)).toThrow(Bug)
    expect(() => held.noteRead(0, 1, 3)).not.toThrow()
    expect(() => held.noteRead(1, 0, 0)).not.toThrow()
    expect(() => held.noteRead(1, 0, 1)).not.toThrow()
    expect(() => held.noteRead(1, 0, 2)).toThrow(Bug)
  })

  it('may copy some slices of an expert only', () => {
    const scheduler = {
      slices: 2,
      home: (expert: number) => expert,
      copies: (expert: number, slice: number) => (expert === 1 && slice === 1 ? [0, 1] : []),
      startLayer: () => undefined,
    }
    const spec = { ...hardware, memory: { ...hardware.memory, shared: false } }
    const held = new Holdings(packageOf({ hardware: spec, model, compat: 'physical' }), scheduler)
    expect([0, 1, 2, 3].map((die) => held.share(1, die))).toEqual([0.5, 1, 0, 0])
    expect(() => held.noteRead(1, 1, 0)).not.toThrow()
    expect(() => held.noteRead(1, 0, 0)).toThrow(Bug)
    expect([held.counters.extraCopies, held.counters.extraBytes]).toEqual([0.5, bytes / 2])
  })

  it('moves and copies nothing where memory is shared', () => {
    const held = holdings(true)
    held.enter(1)
    expect(held.counters).toEqual({ movedBytes: 0, extraCopies: 0, extraBytes: 0 })
    expect(() => held.noteRead(0, 0, 2)).not.toThrow()
  })
})

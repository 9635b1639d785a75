// Which memory holds what when a scheduler's placement changes between iterations.

import { describe, expect, it } from 'vitest'
import { Bug } from '../../../src/errors.ts'
import { packageOf } from '../../../src/hardware/package.ts'
import { expertBytes } from '../../../src/model/shape.ts'
import { Holdings } from '../../../src/sim/machine/holdings.ts'
import { Traffic } from '../../../src/sim/machine/traffic.ts'
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

/** Three slices of each of three experts, expert e at home on die e, with room for replicas. */
function withReplicas(isShared = false) {
  const scheduler = {
    slices: 3,
    replicaBudgetBytes: 1e9,
    home: (expert: number) => expert,
    startLayer: () => undefined,
  }
  const spec = { ...hardware, memory: { ...hardware.memory, shared: isShared, channelDies: [0, 1, 2] } }
  return new Holdings(packageOf({ hardware: spec, model, compat: 'physical' }), scheduler)
}

describe('the share of an expert that a die has', () => {
  const shares = (held: Holdings, of: 'share' | 'shareInMemory' = 'share') =>
    [0, 1, 2, 3].map((die) => held[of](1, die))

  it('counts its home, replicas and what was brought, each slice once', () => {
    const held = withReplicas()
    held.keepReplica(1, 0, 2, 10)
    expect(shares(held)).toEqual([0, 1, 1 / 3, 0])
    held.notePresent([
      ...[0, 2].map((slice) => ({ expert: 1, slice, die: 2 })),
      { expert: 1, slice: 1, die: 1 },
      { expert: 0, slice: 1, die: 3 },
    ])
    // Slice 0 is on die 2 twice; die 1 has all of it anyway.
    expect(shares(held)).toEqual([0, 1, 2 / 3, 0])
    expect(shares(held, 'shareInMemory')).toEqual([0, 1, 1 / 3, 0])
    expect(held.share(0, 3)).toBe(1 / 3)
  })

  it('is all of it behind a channel of shared memory, and elsewhere what was brought', () => {
    const held = withReplicas(true)
    expect(shares(held)).toEqual([1, 1, 1, 0])
    held.notePresent([{ expert: 1, slice: 2, die: 3 }])
    expect(shares(held)).toEqual([1, 1, 1, 1 / 3])
    expect(shares(held, 'shareInMemory')).toEqual([1, 1, 1, 0])
  })

  it('tells what is on dies from what is in memories', () => {
    const held = withReplicas()
    expect([held.held.isAnyOnDies, held.held.onDie(1, 2)]).toEqual([false, 0])
    held.notePresent([0, 1].map((slice) => ({ expert: 1, slice, die: 2 })))
    const { slices, isAnyOnDies, inMemory, onDie } = held.held
    expect([slices, isAnyOnDies, inMemory(1, 2), inMemory(1, 1)]).toEqual([3, true, 0, 1])
    expect([onDie(2, 1), onDie(1, 2), onDie(2, 2)]).toEqual([0, 2 / 3, 0])
  })
})

describe('copies at the end', () => {
  it('are those of replicas, in whole experts and their bytes', () => {
    const held = withReplicas()
    expect(held.keepReplica(1, 0, 2, 10)).toBe(true)
    expect(held.keepReplica(1, 0, 2, 10)).toBe(false)
    expect(held.keepReplica(0, 2, 2, 10)).toBe(true)
    expect(held.counters).toEqual({ movedBytes: 0, extraCopies: 2 / 3, extraBytes: 20 })
  })
})

describe('a load', () => {
  const counted = (held: Holdings, channelDie: number | undefined, die: number) => {
    const traffic = new Traffic(4)
    held.noteLoad({ expert: 1, slice: 0, die, channelDie, tokens: 1 }, traffic)
    return [traffic.sliceLoads, traffic.remoteLoads, traffic.replicaLoads]
  }

  it('counts as remote, as one from a replica, or as neither', () => {
    const held = withReplicas()
    held.keepReplica(1, 0, 2, 10)
    expect(counted(held, 1, 1)).toEqual([1, 0, 0])
    expect(counted(held, 1, 0)).toEqual([1, 1, 0])
    expect(counted(held, 2, 2)).toEqual([1, 0, 1])
    expect(counted(held, 2, 3)).toEqual([1, 1, 0])
    expect(counted(withReplicas(true), undefined, 3)).toEqual([1, 0, 0])
  })

  it('names a memory, with a channel, that holds the slice, unless any will do', () => {
    const held = withReplicas()
    expect(() => held.noteRead(1, 0, undefined)).toThrow(
      'nobody says which memory slice 0 of expert 1 lies in',
    )
    expect(() => held.noteRead(1, 0, 3)).toThrow('die 3 has no memory channel')
    expect(() => held.noteRead(1, 0, 2)).toThrow('slice 0 of expert 1 does not lie in the memory of die 2')
    held.keepReplica(1, 0, 2, 10)
    expect(() => held.noteRead(1, 0, 2)).not.toThrow()
  })
})

// The cache over weight slices: sets, ways, and who leaves.
import { describe, expect, it } from 'vitest'
import { Llc } from '../../src/hardware/llc.ts'

const spec = { capacityBytes: 0, ways: 2, hitPs: 1, missPs: 1, writePs: 1 }
const cache = (capacityBytes: number, sliceBytes: number) => new Llc({ ...spec, capacityBytes }, sliceBytes)

describe('cache', () => {
  it('keeps what was filled, by expert and slice', () => {
    const llc = cache(100, 50)
    llc.fill(3, 1, 4)
    expect(llc.lookUp(3, 1, 4)).toBe(true)
    expect(llc.lookUp(3, 2, 4)).toBe(false)
    expect(llc.lookUp(4, 1, 4)).toBe(false)
    llc.clear()
    expect(llc.lookUp(3, 1, 4)).toBe(false)
  })

  it('drops the least recently used slice of a full set', () => {
    const llc = cache(100, 50)
    llc.fill(0, 0, 3)
    llc.fill(0, 1, 3)
    llc.lookUp(0, 0, 3)
    llc.fill(0, 2, 3)
    expect([0, 1, 2].map((slice) => llc.lookUp(0, slice, 3))).toEqual([true, false, true])
  })

  it('filling what is there makes it the most recently used and takes no second place', () => {
    const llc = cache(100, 50)
    for (const slice of [0, 1, 0, 2]) llc.fill(0, slice, 3)
    expect([0, 1, 2].map((slice) => llc.lookUp(0, slice, 3))).toEqual([true, false, true])
  })

  it('puts experts into sets by id', () => {
    // Two sets of two ways: even and odd experts do not drive each other out.
    const llc = cache(200, 50)
    for (const expert of [0, 1, 2, 3]) llc.fill(expert, 0, 1)
    expect([0, 1, 2, 3].every((expert) => llc.lookUp(expert, 0, 1))).toBe(true)
    llc.fill(4, 0, 1)
    expect([0, 1, 2, 3, 4].map((expert) => llc.lookUp(expert, 0, 1))).toEqual([false, true, true, true, true])
  })

  it('never keeps a slice larger than itself, and one at a time where two do not fit', () => {
    const small = cache(100, 101)
    small.fill(0, 0, 1)
    expect(small.lookUp(0, 0, 1)).toBe(false)
    const single = cache(100, 60)
    single.fill(0, 0, 1)
    expect(single.lookUp(0, 0, 1)).toBe(true)
    single.fill(1, 0, 1)
    expect([single.lookUp(0, 0, 1), single.lookUp(1, 0, 1)]).toEqual([false, true])
  })
})

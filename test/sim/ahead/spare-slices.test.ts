// Slices on dies before anything asks for them: the room they take, and in what order they give it back.
import { beforeEach, describe, expect, it } from 'vitest'
import { SpareSlices } from '../../../src/sim/ahead/spare-slices.ts'
import { Sram } from '../../../src/sim/machine/sram.ts'

const bytesOfSlice = [30, 20]
const on = (expert: number, slice = 0, die = 0) => ({ expert, slice, die })

let sram: Sram
let vainBytes: number[]
let spares: SpareSlices<ReturnType<typeof on>>
beforeEach(() => {
  sram = new Sram(2, 100)
  vainBytes = []
  spares = new SpareSlices(sram, bytesOfSlice, (bytes) => {
    vainBytes.push(bytes)
  })
})

const usedBytes = () => [0, 1].map((die) => sram.usedBytes(die))
const left = () => spares.all().map(({ place }) => place.expert)

describe('a slice that is added', () => {
  it('takes its bytes on its die, while there is room that nobody waits for', () => {
    expect(spares.add(on(0), true)).toMatchObject({ place: on(0), isHere: true, isDropped: false })
    expect(spares.add(on(1, 1), false)).toMatchObject({ isHere: false })
    spares.add(on(2, 1, 1), true)
    expect(usedBytes()).toEqual([50, 20])
    expect([spares.add(on(3), true) !== undefined, spares.add(on(4), true)]).toEqual([true, undefined])
    expect(spares.add(on(4, 1), true)?.place.expert).toBe(4)
    expect(usedBytes()).toEqual([100, 20])
  })

  it('is found by expert, slice and die, until it is kept or dropped', () => {
    const [first, second] = [spares.add(on(0), true)!, spares.add(on(0, 1), true)!]
    expect([on(0), on(0, 1), on(0, 0, 1), on(1)].map((place) => spares.find(place))).toEqual([
      ...[first, second, undefined, undefined],
    ])
    spares.keep(first)
    spares.drop(second)
    expect([spares.find(on(0)), spares.find(on(0, 1))]).toEqual([undefined, undefined])
    // What was kept is the caller's: its room stays taken.
    expect([usedBytes(), vainBytes]).toEqual([[30, 0], [20]])
  })
})

describe('a slice that is dropped', () => {
  it('gives its room back at once where it is there', () => {
    const spare = spares.add(on(0), true)!
    spares.drop(spare)
    expect([usedBytes(), vainBytes, left()]).toEqual([[0, 0], [30], []])
  })

  it('gives it back when it comes where it is on its way, and is none of those that are wanted meanwhile', () => {
    const [late, wanted] = [spares.add(on(0), false)!, spares.add(on(1), false)!]
    spares.drop(late)
    expect([usedBytes(), vainBytes, left()]).toEqual([[60, 0], [30], [1]])
    expect([spares.arrive(late), spares.arrive(wanted)]).toEqual([false, true])
    expect([usedBytes(), vainBytes, left()]).toEqual([[30, 0], [30], [1]])
    expect(wanted.isHere).toBe(true)
  })
})

describe('where somebody waits for room', () => {
  const waitFor = (bytes: number) => sram.reserve(0, 'tokens', bytes, () => undefined)

  it('the last ones go first, those that are there before others, and no more than it takes', () => {
    for (const expert of [0, 1, 2]) spares.add(on(expert), expert !== 1)
    waitFor(40)
    spares.giveWay(0)
    expect([left(), usedBytes()[0], vainBytes]).toEqual([[0, 1], 100, [30]])
    waitFor(50)
    spares.giveWay(0)
    // Expert 0 was there; expert 1 frees its room when it comes.
    expect([left(), usedBytes()[0], vainBytes]).toEqual([[], 70, [30, 30, 30]])
    expect(sram.isShort(0)).toBe(true)
    // Nothing is dropped twice.
    spares.giveWay(0)
    expect(vainBytes).toEqual([30, 30, 30])
  })

  it('slices of other dies stay, and so do all where nobody waits', () => {
    spares.add(on(0), true)
    spares.add(on(1, 0, 1), true)
    spares.giveWay(0)
    expect(left()).toEqual([0, 1])
    waitFor(90)
    spares.giveWay(0)
    expect(left()).toEqual([1])
  })
})

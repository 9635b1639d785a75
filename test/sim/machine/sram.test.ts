// On-chip buffers: who gets room and when, and the peaks to the byte.
import { describe, expect, it } from 'vitest'
import { Bug, UserError } from '../../../src/errors.ts'
import { Sram } from '../../../src/sim/machine/sram.ts'

/** Reserves and notes the name when it is granted. */
function reserveAs(sram: Sram, granted: string[]) {
  return (name: string, bytes: number, die = 0) =>
    sram.reserve(die, 'weights', bytes, () => void granted.push(name))
}

describe('buffers', () => {
  it('are granted at once while there is room', () => {
    const granted: string[] = []
    const sram = new Sram(2, 100)
    const reserve = reserveAs(sram, granted)
    reserve('a', 60)
    reserve('b', 40)
    reserve('other die', 100, 1)
    expect(granted).toEqual(['a', 'b', 'other die'])
    expect([sram.usedBytes(0), sram.usedBytes(1)]).toEqual([100, 100])
  })

  it('are granted in the order asked for: a small one does not overtake a large one that waits', () => {
    const granted: string[] = []
    const sram = new Sram(1, 100)
    const reserve = reserveAs(sram, granted)
    reserve('a', 60)
    reserve('large', 80)
    reserve('small', 10)
    expect(granted).toEqual(['a'])
    expect(sram.waits()).toEqual([
      'die 0 waits for 80 B for weights: 60 of 100 B in use',
      'die 0 waits for 10 B for weights: 60 of 100 B in use',
    ])
    sram.release(0, 'weights', 60)
    expect(granted).toEqual(['a', 'large', 'small'])
    expect(sram.waits()).toEqual([])
  })

  it('a release serves as many as fit', () => {
    const granted: string[] = []
    const sram = new Sram(1, 100)
    const reserve = reserveAs(sram, granted)
    reserve('a', 100)
    reserve('b', 30)
    reserve('c', 30)
    reserve('d', 50)
    sram.release(0, 'weights', 100)
    expect(granted).toEqual(['a', 'b', 'c'])
  })

  it('peaks are kept per die and for the package, with what the package held then', () => {
    const sram = new Sram(2, 1000)
    const nothing = () => undefined
    sram.reserve(0, 'tokens', 7, nothing)
    sram.reserve(0, 'weights', 100, nothing)
    sram.release(0, 'weights', 100)
    sram.reserve(0, 'receive', 50, nothing)
    sram.reserve(1, 'weights', 51, nothing)
    sram.release(0, 'receive', 50)
    expect(sram.counters.dieBytes.peak).toBe(107)
    expect(sram.counters.packageBytes).toEqual({ peak: 108, weights: 51, receive: 50, tokens: 7 })
  })

  it('every change is told, with what the die holds after it', () => {
    const sram = new Sram(2, 100)
    const told: unknown[] = []
    sram.onFill = (die, held) => told.push([die, held.weights, held.receive, held.tokens])
    const nothing = () => undefined
    sram.reserve(1, 'weights', 60, nothing)
    sram.reserve(1, 'tokens', 50, nothing)
    sram.swap(1, 'weights', 60, 'receive', 40)
    sram.release(1, 'receive', 40)
    expect(told).toEqual([
      [1, 60, 0, 0],
      [1, 0, 0, 0],
      [1, 0, 40, 0],
      [1, 0, 0, 0],
      [1, 0, 0, 50],
    ])
  })

  it('a swap needs no free room and changes the class', () => {
    const sram = new Sram(1, 100)
    sram.reserve(0, 'weights', 100, () => undefined)
    sram.swap(0, 'weights', 100, 'receive', 99)
    expect(sram.usedBytes(0)).toBe(99)
    sram.release(0, 'receive', 99)
    expect(sram.usedBytes(0)).toBe(0)
    expect(sram.counters.dieBytes.peak).toBe(100)
  })

  it('more than a die has at all is a user error', () => {
    const sram = new Sram(1, 100)
    const ask = () => sram.reserve(0, 'receive', 101, () => undefined)
    expect(ask).toThrow(UserError)
    expect(ask).toThrow(/one buffer for receive on a die needs 101 B; available: 100 B of SRAM/)
    expect(ask).toThrow(/cuts experts into smaller pieces/)
    expect(() => sram.reserve(0, 'tokens', 101, () => undefined)).toThrow(/or fewer tokens at a time/)
  })

  it('releasing more of a class than was reserved is a bug', () => {
    const sram = new Sram(1, 100)
    sram.reserve(0, 'tokens', 50, () => undefined)
    expect(() => sram.release(0, 'weights', 10)).toThrow(Bug)
  })
})

// Replicas: a budget per die, the least recently used leave first, and what is counted.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Replicas } from '../../../src/sim/machine/replicas.ts'

const dieAndKey = (name: string) => name.split('/').map(Number) as [number, number]

describe('replicas', () => {
  it('are kept up to the budget of each die', () => {
    const replicas = new Replicas(2, 100)
    expect(replicas.keep(0, 1, 60)).toBe(true)
    expect(replicas.keep(1, 1, 60)).toBe(true)
    expect(replicas.has(0, 1)).toBe(true)
    expect(replicas.has(0, 2)).toBe(false)
    expect(replicas.bytes()).toBe(120)
    expect(replicas.count).toBe(2)
  })

  it('the least recently used one leaves for a new one', () => {
    const replicas = new Replicas(1, 100)
    for (const key of [1, 2, 3]) replicas.keep(0, key, 33)
    replicas.touch(0, 1)
    replicas.keep(0, 4, 33)
    expect([1, 2, 3, 4].map((key) => replicas.has(0, key))).toEqual([true, false, true, true])
    expect(replicas.bytes()).toBe(99)
    expect(replicas.count).toBe(3)
  })

  it('as many leave as the new one needs', () => {
    const replicas = new Replicas(1, 100)
    for (const key of [1, 2, 3]) replicas.keep(0, key, 30)
    replicas.keep(0, 4, 70)
    expect([1, 2, 3, 4].map((key) => replicas.has(0, key))).toEqual([false, false, true, true])
    expect(replicas.bytes()).toBe(100)
  })

  it('one that is there already, or larger than the budget, is not kept and drives nothing out', () => {
    const replicas = new Replicas(1, 100)
    replicas.keep(0, 1, 100)
    expect(replicas.keep(0, 1, 100)).toBe(false)
    expect(replicas.keep(0, 2, 101)).toBe(false)
    expect(replicas.has(0, 1)).toBe(true)
    expect(replicas.counters.made).toBe(1)
  })

  it('count how many were made and how many of those were used at least once', () => {
    const replicas = new Replicas(1, 100)
    replicas.keep(0, 1, 100)
    replicas.touch(0, 1)
    replicas.touch(0, 1)
    replicas.keep(0, 2, 100)
    replicas.keep(0, 1, 100)
    expect([replicas.counters.made, replicas.counters.used, replicas.count]).toEqual([3, 1, 1])
    replicas.touch(0, 1)
    expect(replicas.counters.used).toBe(2)
  })

  it('never exceed the budget of any die, whatever is kept and used', () => {
    const steps = fc.array(
      fc.record({
        die: fc.integer({ min: 0, max: 2 }),
        key: fc.integer({ min: 0, max: 9 }),
        bytes: fc.integer({ min: 1, max: 60 }),
        isUse: fc.boolean(),
      }),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 120 }), fc.boolean(), (all, budgetBytes, isByWorth) => {
        const replicas = new Replicas(3, budgetBytes, isByWorth ? (key) => key % 4 : undefined)
        const sizes = new Map<string, number>()
        for (const { die, key, bytes, isUse } of all) {
          if (isUse && replicas.has(die, key)) replicas.touch(die, key)
          else if (replicas.keep(die, key, bytes)) sizes.set(`${die}/${key}`, bytes)
          const held = [...sizes].filter(([name]) => replicas.has(...dieAndKey(name)))
          expect(held).toHaveLength(replicas.count)
          const onDie = (wanted: number) =>
            held.reduce((sum, [name, size]) => sum + (dieAndKey(name)[0] === wanted ? size : 0), 0)
          for (const wanted of [0, 1, 2]) expect(onDie(wanted)).toBeLessThanOrEqual(budgetBytes)
          expect(replicas.bytes()).toBe(onDie(0) + onDie(1) + onDie(2))
        }
      }),
    )
  })

  it('without a limit all stay', () => {
    const replicas = new Replicas(1, Number.POSITIVE_INFINITY)
    for (let key = 0; key < 50; key++) expect(replicas.keep(0, key, 1e12)).toBe(true)
    expect(replicas.count).toBe(50)
  })

  describe('that leave by their worth', () => {
    const worth = (values: readonly number[]) => (key: number) => values[key]!

    it('make room with the one worth least, of equals the one read less often, of these the oldest', () => {
      const replicas = new Replicas(1, 90, worth([5, 1, 1, 2, 3]))
      for (const key of [0, 1, 2]) replicas.keep(0, key, 30)
      replicas.touch(0, 1)
      expect(replicas.keep(0, 3, 30)).toBe(true)
      expect([0, 1, 2, 3].map((key) => replicas.has(0, key))).toEqual([true, true, false, true])
      expect(replicas.keep(0, 4, 30)).toBe(true)
      expect([0, 1, 3, 4].map((key) => replicas.has(0, key))).toEqual([true, false, true, true])
    })

    it('stay where the new one is worth no more: slices of one expert do not drive each other out', () => {
      const replicas = new Replicas(1, 60, worth([1, 1, 1]))
      expect([0, 1, 2].map((key) => replicas.keep(0, key, 30))).toEqual([true, true, false])
      expect([0, 1, 2].map((key) => replicas.has(0, key))).toEqual([true, true, false])
    })

    it('stay where the new one is worth less, and nothing is dropped then', () => {
      const replicas = new Replicas(1, 100, worth([1, 3, 2]))
      replicas.keep(0, 0, 50)
      replicas.keep(0, 1, 50)
      expect(replicas.keep(0, 2, 80)).toBe(false)
      expect([replicas.has(0, 0), replicas.has(0, 1), replicas.bytes(), replicas.counters.made]).toEqual([
        true,
        true,
        100,
        2,
      ])
      expect(replicas.keep(0, 2, 50)).toBe(true)
      expect(replicas.has(0, 0)).toBe(false)
    })
  })
})

// Replicas: a budget per die, the least recently used leave first, and what is counted.
import { describe, expect, it } from 'vitest'
import { Replicas } from '../../src/sim/replicas.ts'

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
    expect(replicas.made).toBe(1)
  })

  it('count how many were made and how many of those were used at least once', () => {
    const replicas = new Replicas(1, 100)
    replicas.keep(0, 1, 100)
    replicas.touch(0, 1)
    replicas.touch(0, 1)
    replicas.keep(0, 2, 100)
    replicas.keep(0, 1, 100)
    expect([replicas.made, replicas.used, replicas.count]).toEqual([3, 1, 1])
    replicas.touch(0, 1)
    expect(replicas.used).toBe(2)
  })

  it('without a limit all stay', () => {
    const replicas = new Replicas(1, Number.POSITIVE_INFINITY)
    for (let key = 0; key < 50; key++) expect(replicas.keep(0, key, 1e12)).toBe(true)
    expect(replicas.count).toBe(50)
  })
})

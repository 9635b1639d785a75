// In which order FSE-DP loads experts: by id, paired, or so that loading and computing keep step.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import { loadAwareOrder, pairedOrder } from '../../../src/schedulers/fse-dp/order.ts'
import { expertTokens } from '../../../src/schedulers/work.ts'
import { frameHardware, runLayer, tinyModel, workOf } from '../../helpers/frames.ts'

// Four channels load an expert in 8 ns, four dies compute a token of it in 3.
const hardware = frameHardware({ load: 8, hop: 2, compute: 3, pieces: 4 })
const model = tinyModel(6, 4)
const context = packageOf({ hardware, model, compat: 'physical' })

/** Work in which expert e has counts[e] tokens. */
const tokensOf = (counts: readonly number[]) =>
  workOf(
    counts.flatMap((count, expert) => Array.from({ length: count }, () => [expert])),
    counts.length,
    context.topology,
  )

const work = tokensOf([2, 5, 0, 1, 5, 3])

describe('order of experts', () => {
  it('paired: hottest, coldest, second hottest, second coldest, ..., lower ids first', () => {
    expect(pairedOrder(work)).toEqual([1, 3, 4, 0, 5])
  })

  it('load-aware: hot while computing what stands before takes no longer than loading it, else cold', () => {
    // In ns, computing before and after less loading: 1 is +7; then 3 is -5 -> +2; 0 -2 -> 0; 4 +7; 5 the last.
    expect(loadAwareOrder(work, context)).toEqual([1, 3, 0, 4, 5])
  })

  it('load-aware keeps computing within one expert of loading, as long as it has a choice', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { minLength: 2, maxLength: 6 }), (counts) => {
        const some = tokensOf(counts)
        const order = loadAwareOrder(some, context)
        expect([...order].sort((a, b) => a - b)).toEqual(some.activeExperts)
        const stepNs = (expert: number) => 3 * expertTokens(some, expert) - 8
        let leadNs = 0
        order.forEach((expert, i) => {
          const rest = order.slice(i).map((other) => expertTokens(some, other))
          const wanted = leadNs <= 0 ? Math.max(...rest) : Math.min(...rest)
          expect(expertTokens(some, expert)).toBe(wanted)
          leadNs += stepNs(expert)
        })
      }),
    )
  })

  it.each([
    ['fse-dp:slices=4', [0, 1, 3, 4, 5]],
    ['fse-dp:slices=4,paired=true', [1, 3, 4, 0, 5]],
    // Four times as many tokens: computing is never behind again after the first.
    ['fse-dp:slices=4,load-aware=true', [1, 3, 0, 5, 4]],
  ])('%s loads in its order', (scheduler, order) => {
    // As many tokens of each expert on every die, so that none overtakes another.
    const ofDie = [2, 5, 0, 1, 5, 3].flatMap((count, expert) => Array.from({ length: count }, () => [expert]))
    const even = workOf(Array.from({ length: 4 }, () => ofDie).flat(), 6, context.topology)
    const { spans } = runLayer(scheduler, hardware, model, even)
    const loads = spans.filter(({ kind }) => kind === 'load').sort((a, b) => a.startPs - b.startPs)
    expect([...new Set(loads.map(({ expert }) => expert))]).toEqual(order)
  })
})

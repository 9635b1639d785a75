// Token buffering pair by pair: by hand on one layer, and for any workload every pair once.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import type { Buffering } from '../../../src/schedulers/scheduler.ts'
import { planDeferrals } from '../../../src/sim/deferral/deferral.ts'
import type { DeferralSetting } from '../../../src/sim/deferral/plan.ts'
import { frameHardware, tinyModel } from '../../helpers/frames.ts'

const topology = { kind: 'mesh', columns: 2, rows: 1, numbering: 'row-major' } as const
const pkg = packageOf({
  hardware: { ...frameHardware({ load: 1, hop: 1, compute: 1, pieces: 1 }), topology },
  model: tinyModel(8, 1, 2),
  compat: 'physical',
})

/** `choices[row]`: two experts of each token; so many tokens an iteration. */
function settingOf(choices: readonly (readonly number[])[], tokens: number): DeferralSetting {
  const rows = choices.map((_, row) => row)
  const iterations = rows
    .filter((row) => row % tokens === 0)
    .map((from) => rows.slice(from, from + tokens))
    .map((own) => ({ phase: 'decode' as const, rows: Int32Array.from(own), requests: Int32Array.from(own) }))
  return {
    ...{ pkg, spread: 'tokens', layers: [0], iterations },
    routing: { layerExperts: () => Uint16Array.from(choices.flat()) },
  }
}

const pairs: Buffering = {
  ...{ unit: 'pair', share: 1, resume: 'next', isStaggered: false },
  ...{ forwardsPerCredit: 1, coldTokens: 2 },
}

/** Pairs by iteration as row:expert, such as `0:3 0:4`. */
function shown(setting: DeferralSetting, buffering = pairs) {
  const plan = planDeferrals(setting, buffering)
  const table = setting.routing.layerExperts(0)
  const [layer] = plan.layers
  return layer!.iterations.map(({ rows }, i) =>
    [...rows]
      .flatMap((row, token) =>
        [0, 1]
          .filter((slot) => layer!.slots![i]![token * 2 + slot] === 1)
          .map((slot) => `${row}:${table[row * 2 + slot]}`),
      )
      .join(' '),
  )
}

describe('pairs of cold experts', () => {
  // Row 1 alone wants expert 5; row 4 wants it too, in the third iteration.
  const choices = [[0, 1], [0, 5], [0, 1], [0, 1], [0, 5], [0, 1]] // biome-ignore format: by row
  const setting = settingOf(choices, 2)

  it('wait until the expert is warm, while the rest of the token is computed', () => {
    // Experts 1 and 5 are cold at first. Expert 1 is warm with rows 2 and 3, expert 5 with row 4, and row 5 is left over.
    expect(shown(setting)).toEqual(['0:0 1:0', '2:0 2:1 3:0 3:1 0:1', '4:0 4:5 5:0 1:5', '5:1'])
    const plan = planDeferrals(setting, pairs)
    expect([plan.deferrals, plan.flushIterations]).toEqual([3, 1])
    const [layer] = plan.layers
    expect(layer!.arrivals.map(({ tokens }) => tokens)).toEqual([2, 2, 2, 0])
    // Their tokens stay where they rest.
    expect(layer!.pausedTokens.map((dies) => dies.join(' '))).toEqual(['1 1', '0 1', '0 1', '0 0'])
    expect(layer!.restingDie.map((dies) => dies.join(' '))).toEqual(['0 1', '0 1 0', '0 1 1', '1'])
  })

  it('are no more than the share of the tokens that come, the coldest expert first', () => {
    const half = shown(setting, { ...pairs, share: 0.5 })
    expect(half).toEqual(['0:0 1:0 1:5', '2:0 2:1 3:0 3:1 0:1', '4:0 4:5 5:0', '5:1'])
    // Of a threshold of 3 expert 5, with one token, waits before expert 2, with two.
    const two = [[0, 2], [0, 2], [0, 5], [0, 1], [0, 1], [0, 1]] // biome-ignore format: by row
    const plan = planDeferrals(settingOf(two, 6), { ...pairs, coldTokens: 3, share: 1 / 3 })
    expect([...plan.layers[0]!.slots![0]!]).toEqual([1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1])
  })

  it('never are all pairs of an iteration', () => {
    expect(shown(settingOf([[3, 4]], 1), { ...pairs, share: 100 })).toEqual(['0:4', '0:3'])
  })
})

describe('any workload', () => {
  const token = fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 1, max: 7 }))
  const cases = fc.record({
    choices: fc.array(
      token.map(([first, step]) => [first, (first + step) % 8]),
      { minLength: 1, maxLength: 30 },
    ),
    tokens: fc.integer({ min: 1, max: 6 }),
    share: fc.constantFrom(0.1, 0.3, 0.5, 1),
    coldTokens: fc.integer({ min: 2, max: 5 }),
  })

  it('computes every pair once, no earlier than its token comes, and something in every iteration', () => {
    fc.assert(
      fc.property(cases, ({ choices, tokens, share, coldTokens }) => {
        const setting = settingOf(choices, tokens)
        const steps = shown(setting, { ...pairs, share, coldTokens })
        const all = choices.flatMap((own, row) => own.map((expert) => `${row}:${expert}`))
        const computed = steps.map((step) => step.split(' '))
        expect(computed.flat().sort()).toEqual(all.sort())
        computed.forEach((step, i) => {
          for (const pair of step)
            expect(Math.floor(Number.parseInt(pair, 10) / tokens)).toBeLessThanOrEqual(i)
        })
      }),
    )
  })

  it('lets no more tokens wait than the share', () => {
    fc.assert(
      fc.property(cases, ({ choices, tokens, share, coldTokens }) => {
        const { layers } = planDeferrals(settingOf(choices, tokens), { ...pairs, share, coldTokens })
        for (const dies of layers[0]!.pausedTokens) {
          expect(dies.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(tokens * share)
        }
      }),
    )
  })
})

// Token buffering by hand on small cases, and for any workload: nothing is lost, nothing repeated, nothing overtaken.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import type { Buffering } from '../../../src/schedulers/scheduler.ts'
import { seatTokens } from '../../../src/sim/batch.ts'
import { planDeferrals } from '../../../src/sim/deferral/deferral.ts'
import type { DeferralSetting } from '../../../src/sim/deferral/plan.ts'
import type { Iteration } from '../../../src/sim/iteration.ts'
import { frameHardware, tinyModel } from '../../helpers/frames.ts'

const topology = { kind: 'mesh', columns: 2, rows: 1, numbering: 'row-major' } as const
const pkg = packageOf({
  hardware: { ...frameHardware({ load: 1, hop: 1, compute: 1, pieces: 1 }), topology },
  model: tinyModel(8, 1),
  compat: 'physical',
})

const iteration = (rows: number[], requests: number[], phase: Iteration['phase'] = 'decode'): Iteration => ({
  phase,
  rows: Int32Array.from(rows),
  requests: Int32Array.from(requests),
})

/** `tables[layer][row]`: the one expert that a token chooses. */
function settingOf(
  tables: readonly (readonly number[])[],
  iterations: readonly Iteration[],
  spread: 'tokens' | 'requests',
): DeferralSetting {
  return {
    pkg,
    spread,
    layers: tables.map((_, index) => index),
    routing: { layerExperts: (layer) => Uint16Array.from(tables[layer]!) },
    iterations,
  }
}

/** Rows by layer and iteration, such as `[['0 1', '2'], ...]`. */
const shown = (plan: ReturnType<typeof planDeferrals>) =>
  plan.layers.map(({ iterations }) => iterations.map(({ rows }) => rows.join(' ')))

/** Whole requests that resume in the next iteration, their credits all from 0. */
const plain = { unit: 'request', share: 1, resume: 'next', isStaggered: false } as const
const every: Buffering = { ...plain, forwardsPerCredit: 1, coldTokens: 2 }

describe('two requests in lock step, one token each', () => {
  // Request 0 has rows 0 to 2, request 1 rows 3 to 5; both layers: both requests choose expert 0, but for row 1.
  const steps = [iteration([0, 3], [0, 1]), iteration([1, 4], [0, 1]), iteration([2, 5], [0, 1])]
  const together = [0, 0, 0, 0, 0, 0]

  it('run as without buffering while every expert is warm', () => {
    const plan = planDeferrals(settingOf([together, together], steps, 'requests'), every)
    expect(shown(plan)).toEqual([['0 3', '1 4', '2 5'], ['0 3', '1 4', '2 5']]) // biome-ignore format: a line per layer
    expect([plan.deferrals, plan.flushIterations]).toEqual([0, 0])
    expect(plan.layers[1]!.arrivals[2]).toEqual({ phase: 'decode', tokens: 2, requests: 2 })
  })

  it('pause at a cold expert for a credit, resume there in the next iteration, and start later tokens after that', () => {
    // Row 1 wants expert 1 at layer 1, alone. Both requests have one credit after their first pass. Row 4 is then alone
    // with expert 0, so that it pauses too.
    const second = [0, 1, 0, 0, 0, 0]
    const plan = planDeferrals(settingOf([together, second], steps, 'requests'), every)
    expect(shown(plan)).toEqual([
      ['0 3', '1 4', '', '2 5'],
      ['0 3', '', '1 4', '2 5'],
    ])
    expect([plan.deferrals, plan.flushIterations]).toEqual([2, 1])
    const [first, last] = plan.layers
    // Attention is done before the pause and not again.
    expect(first!.arrivals.map(({ tokens }) => tokens)).toEqual([2, 2, 0, 2])
    expect(last!.arrivals.map(({ tokens }) => tokens)).toEqual([2, 2, 0, 2])
    expect(plan.finished.map(({ tokens }) => tokens)).toEqual([2, 0, 2, 2])
    // While they wait, their activations stay on their dies: from the pause to the same layer of the next iteration.
    expect(first!.pausedTokens.map((dies) => dies.join(' '))).toEqual(['0 0', '0 0', '1 1', '0 0'])
    expect(last!.pausedTokens.map((dies) => dies.join(' '))).toEqual(['0 0', '1 1', '0 0', '0 0'])
  })

  it('do not pause without a credit: the first is earned by as many passes as a credit takes', () => {
    const apart = [0, 0, 0, 1, 1, 1]
    const at = (forwardsPerCredit: number) =>
      planDeferrals(settingOf([apart], steps, 'requests'), { ...every, forwardsPerCredit })
    expect(shown(at(3))).toEqual([['0 3', '1 4', '2 5']])
    expect(shown(at(2))).toEqual([['0 3', '1 4', '', '2 5']])
    // A pass with a pause earns nothing, so that after the second one there is no credit for the third.
    expect(shown(at(1))).toEqual([['0 3', '', '1 4', '2 5']])
  })

  it('count an expert as cold below the threshold, over all requests together', () => {
    const at = (coldTokens: number) =>
      planDeferrals(settingOf([together], steps, 'requests'), { ...every, coldTokens }).deferrals
    expect(at(2)).toBe(0)
    expect(at(3)).toBe(2)
  })

  it('count resumed tokens with those that arrive', () => {
    // Request 1 starts an iteration later and has its first credit at row 6. Row 2 is alone with expert 5, and so is row 5
    // with expert 1, which has no credit yet. In the next iteration rows 2 and 6 want expert 5 together: neither waits.
    const late = [
      iteration([0], [0]),
      iteration([1, 4], [0, 1]),
      iteration([2, 5], [0, 1]),
      iteration([3, 6], [0, 1]),
    ]
    const table = [1, 1, 5, 1, 1, 1, 5]
    const plan = planDeferrals(settingOf([table], late, 'requests'), { ...every, forwardsPerCredit: 2 })
    expect(shown(plan)).toEqual([['0', '1 4', '5', '2 6', '3']])
    expect(plan.deferrals).toBe(1)
  })

  it('may pause again where the expert is still cold and there is a credit left', () => {
    // One request with one token each pass; it always is alone with its expert.
    const alone = [0, 1, 2, 3].map((row) => iteration([row], [0]))
    const plan = planDeferrals(settingOf([[0, 1, 2, 3]], alone, 'requests'), every)
    // A credit after rows 0 and 2 (whose passes had no pause), spent at rows 1 and 3.
    expect(shown(plan)).toEqual([['0', '', '1', '2', '', '3']])
  })
})

describe('requests that stay paused until their experts are warm', () => {
  // Request 0 wants expert 1 at row 1, alone; request 1 wants it with row 7. Request 2 keeps coming.
  const steps = [0, 1, 2, 3].map((pass) => iteration([pass, 4 + pass, 8 + pass], [0, 1, 2]))
  const table = [0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]

  it('wait while others come, for one credit, and go on with who warms their expert', () => {
    const next = planDeferrals(settingOf([table], steps, 'requests'), every)
    expect(shown(next)[0]!.slice(0, 3)).toEqual(['0 4 8', '5 9', '1 6 10'])
    const warm = planDeferrals(settingOf([table], steps, 'requests'), { ...every, resume: 'warm' })
    // Row 7 comes in the fourth iteration, and leaves row 11 alone with expert 0, which waits for row 2.
    expect(shown(warm)).toEqual([['0 4 8', '5 9', '6 10', '1 7', '2 11', '', '3']])
    expect([warm.deferrals, warm.flushIterations]).toEqual([3, 3])
    const paused = warm.layers[0]!.pausedTokens.map((dies) => dies.join(' '))
    expect(paused).toEqual(['0 0', '1 0', '1 0', '0 1', '0 0', '1 0', '0 0'])
  })

  it('go on cold where nothing else comes', () => {
    const alone = [0, 1, 2].map((row) => iteration([row], [0]))
    const plan = planDeferrals(settingOf([[0, 1, 2]], alone, 'requests'), { ...every, resume: 'warm' })
    expect(shown(plan)).toEqual([['0', '', '1', '2']])
  })
})

describe('staggered credits', () => {
  it('come in turn: of requests that are always cold, one after the other pauses', () => {
    const steps = [0, 1, 2].map((pass) => iteration([pass, 3 + pass], [0, 1]))
    const cold = [0, 0, 0, 1, 1, 1]
    const at = (isStaggered: boolean) =>
      shown(
        planDeferrals(settingOf([cold], steps, 'requests'), { ...every, forwardsPerCredit: 2, isStaggered }),
      )
    expect(at(false)).toEqual([['0 3', '1 4', '', '2 5']])
    // Request 1 has its credit after one pass, request 0 after two.
    expect(at(true)).toEqual([['0 3', '1', '4', '2 5']])
  })
})

describe('tokens one after the other', () => {
  it('let the next requests take the place of paused ones, up to the tokens of an iteration', () => {
    // Requests 0, 1, 2 of 4, 2 and 2 rows; two tokens an iteration. Row 2 is alone with expert 1.
    const batches = [
      iteration([0, 1], [0, 0]),
      iteration([2, 3], [0, 0]),
      iteration([4, 5], [1, 1]),
      iteration([6, 7], [2, 2]),
    ]
    const table = [0, 0, 1, 0, 0, 0, 0, 0]
    const plan = planDeferrals(settingOf([table], batches, 'tokens'), every)
    expect(shown(plan)).toEqual([['0 1', '', '2 3 4 5', '6 7']])
    expect([plan.deferrals, plan.flushIterations]).toEqual([1, 0])
    // Resumed tokens rest where they did; arriving ones are dealt out among themselves.
    expect(plan.layers[0]!.restingDie.map((dies) => dies.join(' '))).toEqual(['0 1', '', '0 1 0 1', '0 1'])
  })

  it('are dealt to dies so that with paused ones, which stay, all dies are equally full', () => {
    // Four tokens an iteration, two of each request. Request 0 pauses, whose rows 2 and 3 rest on die 0.
    const batches = [
      iteration([0, 1, 4, 5], [0, 0, 1, 1]),
      iteration([2, 3, 6, 7], [0, 0, 1, 1]),
      iteration([8, 9, 10, 11], [2, 2, 2, 2]),
    ]
    const plan = planDeferrals(settingOf([[0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0]], batches, 'tokens'), every)
    expect(shown(plan)).toEqual([['0 1 4 5', '6 7', '2 3 8 9 10 11']])
    const dies = plan.layers[0]!.restingDie.map((step) => step.join(' '))
    expect(dies).toEqual(['0 0 1 1', '1 1', '0 0 0 1 1 1'])
  })

  it('split a request where the iteration has no room for all of it', () => {
    // Requests 0, 1, 2 of 3, 2 and 3 rows. Row 1 is alone with expert 0 and row 4 with expert 1: both pause. Row 5 takes
    // their place, without the next pass of its request; of that, one row has room beside row 2. The other is then alone
    // and pauses twice: its request has been through two passes.
    const batches = [
      iteration([0, 3], [0, 1]),
      iteration([1, 4], [0, 1]),
      iteration([2, 5], [0, 2]),
      iteration([6, 7], [2, 2]),
    ]
    const plan = planDeferrals(settingOf([[0, 0, 0, 0, 1, 0, 0, 0]], batches, 'tokens'), every)
    expect(shown(plan)).toEqual([['0 3', '', '1 4 5', '2 6', '', '', '7']])
    expect(plan.layers[0]!.iterations[2]!.requests.join(' ')).toBe('0 1 2')
    expect([plan.deferrals, plan.flushIterations]).toEqual([4, 3])
  })

  it('name a phase where all tokens have it, and mixed where they differ', () => {
    const batches = [
      iteration([0, 1], [0, 0], 'prefill'),
      iteration([2, 3], [0, 0], 'prefill'),
      iteration([4, 5], [1, 1], 'decode'),
    ]
    const plan = planDeferrals(settingOf([[0, 0, 1, 0, 0, 0]], batches, 'tokens'), every)
    expect(plan.layers[0]!.iterations.map(({ phase }) => phase)).toEqual(['prefill', 'mixed', 'mixed'])
    expect(plan.layers[0]!.arrivals.map(({ phase }) => phase)).toEqual(['prefill', 'prefill', 'decode'])
  })
})

describe('any workload', () => {
  const cases = fc.record({
    requests: fc.integer({ min: 1, max: 6 }),
    passes: fc.integer({ min: 1, max: 8 }),
    layers: fc.integer({ min: 1, max: 4 }),
    isLockStep: fc.boolean(),
    forwardsPerCredit: fc.integer({ min: 1, max: 4 }),
    resume: fc.constantFrom('next' as const, 'warm' as const),
    isStaggered: fc.boolean(),
    coldTokens: fc.integer({ min: 2, max: 4 }),
    seed: fc.integer({ min: 0, max: 1000 }),
  })
  type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never

  /** Request r has the rows [r * passes, (r + 1) * passes); an iteration takes the next row of each. */
  const built = ({ requests, passes, layers, isLockStep, seed }: Case) => {
    const iterations = Array.from({ length: passes }, (_, pass) =>
      iteration(
        Array.from({ length: requests }, (_, request) => request * passes + pass),
        Array.from({ length: requests }, (_, request) => request),
      ),
    )
    const tables = Array.from({ length: layers }, (_, layer) =>
      Array.from({ length: requests * passes }, (_, row) => (row * (layer + 3) + ((row * seed) % 11)) % 8),
    )
    return settingOf(tables, iterations, isLockStep ? 'requests' : 'tokens')
  }

  it('goes through every layer once with every token, in the order of its request', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const plan = planDeferrals(built(one), { ...plain, ...one })
        const all = Array.from({ length: one.requests * one.passes }, (_, row) => row)
        let since = all.map(() => -1)
        for (const { iterations } of plan.layers) {
          const rows = iterations.flatMap((step) => [...step.rows])
          expect([...rows].sort((a, b) => a - b)).toEqual(all)
          // No earlier than at the layer before, and never past an earlier token of the same request.
          const when = all.map((row) => iterations.findIndex((step) => step.rows.includes(row)))
          when.forEach((at, row) => {
            expect(at).toBeGreaterThanOrEqual(since[row]!)
            if (row % one.passes > 0) expect(at).toBeGreaterThanOrEqual(when[row - 1]!)
          })
          since = when
        }
      }),
    )
  })

  it('pauses no more than the credits that completed passes can earn', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { deferrals, flushIterations } = planDeferrals(built(one), { ...plain, ...one })
        const credits = Array.from({ length: one.requests }, (_, request) => {
          const ahead = one.isStaggered ? request % one.forwardsPerCredit : 0
          return Math.floor((one.passes + ahead) / one.forwardsPerCredit)
        })
        expect(deferrals).toBeLessThanOrEqual(credits.reduce((sum, count) => sum + count, 0))
        expect(flushIterations).toBeGreaterThanOrEqual(0)
      }),
    )
  })

  it('keeps tokens in SRAM exactly while they are between a pause and the experts of the same layer', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { layers } = planDeferrals(built(one), { ...plain, ...one })
        const counted = (dies: Int32Array) => dies.reduce((sum, count) => sum + count, 0)
        let waiting = 0
        layers[0]!.iterations.forEach((_, i) => {
          layers.forEach(({ iterations, arrivals, pausedTokens }) => {
            // What came in waits, but for what went through.
            waiting += arrivals[i]!.tokens - iterations[i]!.rows.length
            expect(counted(pausedTokens[i]!)).toBe(waiting)
          })
        })
        expect(waiting).toBe(0)
      }),
    )
  })

  it('is left as it is where no pass is ever rewarded', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const setting = built(one)
        const plan = planDeferrals(setting, { ...plain, ...one, isStaggered: false, forwardsPerCredit: 100 })
        const seats = seatTokens(pkg.topology, setting.iterations, setting.spread)
        for (const { iterations, restingDie } of plan.layers) {
          expect(iterations).toEqual(setting.iterations)
          expect(restingDie).toEqual(seats)
        }
        expect([plan.deferrals, plan.flushIterations]).toEqual([0, 0])
      }),
    )
  })
})

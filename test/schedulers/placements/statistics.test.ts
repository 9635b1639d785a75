// Whose tokens placements count, and from which iteration on they may know of them; and what an expert costs.
import { describe, expect, it } from 'vitest'
import type { RoutingKnowledge } from '../../../src/schedulers/knowledge.ts'
import { rooflineCost } from '../../../src/schedulers/placements/cost.ts'
import {
  earlierStatistics,
  oracleStatistics,
  prefillStatistics,
} from '../../../src/schedulers/placements/statistics.ts'
import { CrossTokenMap } from '../../../src/schedulers/predictors/cross-token-map.ts'
import { frameHardware, NS, tinyModel } from '../../helpers/frames.ts'

type Phase = 'prefill' | 'decode' | 'mixed'

/**
 * Iteration i has (i + 1) * 10 tokens, or none, and 10^i of its choices are expert 0: sums tell which iterations were
 * counted.
 */
function known(phases: readonly Phase[], heldOut?: number, empty: readonly number[] = []): RoutingKnowledge {
  return {
    iterations: phases.map((phase, i) => ({ phase, tokens: empty.includes(i) ? 0 : (i + 1) * 10 })),
    crossTokens: new CrossTokenMap(1),
    tokensIn: (iterations) => Uint32Array.of(iterations.reduce((sum, i) => sum + 10 ** i, 0)),
    heldOutTokens: () => (heldOut === undefined ? undefined : Uint32Array.of(heldOut)),
    choices: () => new Uint16Array(0),
    requests: () => new Int32Array(0),
    heldOutMaps: () => [],
    chance: () => () => 0,
    previousChoices: () => undefined,
    transitions: () => undefined,
  }
}
const seen = (statistics: { fromIteration: number; expectedTokens: Float64Array } | undefined) =>
  statistics && [statistics.fromIteration, ...statistics.expectedTokens]

describe('statistics of the prefill', () => {
  it('are those of all prefill iterations before the first other one, scaled to its tokens', () => {
    // 1 + 10 choices of 10 + 20 tokens, for an iteration of 30.
    expect(seen(prefillStatistics(known(['prefill', 'prefill', 'decode', 'prefill'])))).toEqual([2, 11])
    expect(seen(prefillStatistics(known(['prefill', 'mixed', 'decode'])))).toEqual([1, 2])
  })

  it('wait for a prefill where the run starts without one', () => {
    expect(seen(prefillStatistics(known(['decode', 'prefill', 'decode'])))).toEqual([2, 10 * (30 / 20)])
  })

  it('do not exist without a prefill or without anything after it', () => {
    expect(prefillStatistics(known(['prefill', 'prefill']))).toBeUndefined()
    expect(prefillStatistics(known(['decode', 'decode', 'prefill']))).toBeUndefined()
  })
})

describe('statistics of an oracle', () => {
  it('are means over the decode iterations, from the first of them on', () => {
    expect(seen(oracleStatistics(known(['prefill', 'decode', 'mixed', 'decode'])))).toEqual([1, 505])
  })

  it('are means over the whole run where nothing is decoded', () => {
    expect(seen(oracleStatistics(known(['prefill', 'mixed'])))).toEqual([0, 5.5])
  })
})

describe('statistics of what came before', () => {
  it('are those of requests that the run leaves out, from the start', () => {
    expect(seen(earlierStatistics(known(['prefill', 'decode'], 7)))).toEqual([0, 7])
  })

  it('are those of the first iteration where there are no such requests', () => {
    expect(seen(earlierStatistics(known(['mixed', 'mixed'])))).toEqual([1, 1])
    expect(earlierStatistics(known(['mixed']))).toBeUndefined()
  })
})

it('iterations without tokens count nowhere', () => {
  const phases = ['prefill', 'prefill', 'decode', 'decode'] as const
  expect(seen(prefillStatistics(known(phases, undefined, [0, 2])))).toEqual([3, 10 * (40 / 20)])
  expect(prefillStatistics(known(phases, undefined, [0, 1]))).toBeUndefined()
  expect(seen(oracleStatistics(known(phases, undefined, [2])))).toEqual([3, 1000])
  expect(seen(oracleStatistics(known(phases, undefined, [2, 3, 0])))).toEqual([1, 10])
  expect(seen(earlierStatistics(known(phases, undefined, [0, 2])))).toEqual([3, 10])
})

it('an expert costs the longer of reading its weights and computing, and nothing without tokens', () => {
  // A load takes 32 ns and a token 12 ns.
  const hardware = frameHardware({ load: 32, hop: 1, compute: 12, pieces: 1 })
  const cost = rooflineCost({ hardware, model: tinyModel(1, 1) })
  expect([0, 0.1, 2, 3, 4.5].map(cost)).toEqual([0, 32 * NS, 32 * NS, 36 * NS, 54 * NS])
})

// The table of predictors: what each foretells, from what it has seen, and that it looks no further.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { namesOf } from '../../../src/schedulers/options.ts'
import { topExperts } from '../../../src/schedulers/predictors/expectation.ts'
import { predictors } from '../../../src/schedulers/predictors/table.ts'
import type { LayerWork } from '../../../src/schedulers/work.ts'
import { LayerKnowledge } from '../../../src/sim/knowledge.ts'
import { tinyModel, workOf } from '../../helpers/frames.ts'
import { knowledgeOf } from '../../helpers/knowledge.ts'
import { madeUp } from '../machines.ts'
import { runWorks, stories, worksOf } from '../stories.ts'

type Name = keyof typeof predictors

const EXPERTS = 10
const topology = buildTopology(madeUp[0]!.topology)

/** One iteration: request r's token chose experts[r]. */
function iteration(index: number, phase: LayerWork['phase'], experts: readonly number[]): LayerWork {
  const work = workOf(
    experts.map((expert) => [expert]),
    EXPERTS,
    topology,
  )
  return { ...work, iteration: index, phase, tokenRequest: Int32Array.from(experts, (_, request) => request) }
}

const works = [
  iteration(0, 'prefill', [9, 9, 9, 4, 4, 1]),
  iteration(1, 'decode', [3, 3, 3, 3, 4, 4]),
  iteration(2, 'decode', [5, 5, 5, 6, 6, 0]),
  iteration(3, 'decode', [8, 8, 7, 7, 7, 2]),
]

/** What a predictor that has learnt the first iterations keeps on a die which computes some experts. */
function foretold(
  name: Name,
  learnt: number,
  computing: readonly number[] = [],
  isPartial = false,
): number[] {
  const knowledge = knowledgeOf(works, isPartial)
  const predictor = predictors[name].create({ experts: EXPERTS, most: 2, knowledge })
  for (const work of works.slice(0, learnt)) predictor.learn(work)
  return [...Array(EXPERTS).keys()].filter((expert) => predictor.foretells(expert, () => computing))
}

/** The experts it expects most in an iteration, the most expected first. */
function expected(name: Name, learnt: number, of: number, reached: number, isPartial = false): number[] {
  const knowledge = knowledgeOf(works, isPartial)
  const predictor = predictors[name].create({ experts: EXPERTS, most: 2, knowledge })
  for (const work of works.slice(0, learnt)) predictor.learn(work)
  return topExperts(predictor.expected(of, reached) ?? new Float64Array(EXPERTS), EXPERTS)
}

describe('predictors', () => {
  it('none foretells nothing', () => {
    expect(foretold('none', 3, [5, 6])).toEqual([])
    expect(expected('none', 3, 3, 3)).toEqual([])
  })

  it('cross-token foretells what followed the experts of the die, and expects it of the requests that go on', () => {
    expect(foretold('cross-token', 3, [3])).toEqual([5, 6])
    expect(foretold('cross-token', 3, [4])).toEqual([0, 6])
    expect(foretold('cross-token', 3, [0])).toEqual([])
    // In iteration 1 request 5 chose 4, of which 6 and 0 followed once each: all requests ended there in 3 or 4.
    expect(expected('cross-token', 2, 2, 2)).toEqual([])
    const again = [...works.slice(0, 3), { ...works[1]!, iteration: 3 }]
    const predictor = predictors['cross-token'].create({ experts: EXPERTS, most: 2 })
    for (const work of again) predictor.learn(work)
    // Four requests come from 3 (three times 5 and once 6 followed), two from 4 (6 and 0).
    expect([...predictor.expected(4, 4)!]).toEqual([1, 0, 0, 0, 0, 3, 2, 0, 0, 0])
  })

  it('prefill foretells what the prompts used most, ever after', () => {
    expect(foretold('prefill', 0)).toEqual([])
    expect(foretold('prefill', 1)).toEqual([4, 9])
    expect(foretold('prefill', 4)).toEqual([4, 9])
    expect(expected('prefill', 3, 3, 3)).toEqual([9, 4, 1])
  })

  it('popularity foretells what was used most so far, and at first what other requests used', () => {
    expect(foretold('popularity', 1)).toEqual([4, 9])
    expect(foretold('popularity', 2)).toEqual([3, 4])
    expect(expected('popularity', 0, 0, 0)).toEqual([])
    // The request that the run leaves out has the first four tokens over again.
    expect(expected('popularity', 0, 0, 0, true)).toEqual([9, 4])
  })

  it('oracle foretells what the next iteration uses most, and nothing after the last', () => {
    expect(foretold('oracle', 1)).toEqual([3, 4])
    expect(foretold('oracle', 3)).toEqual([7, 8])
    expect(foretold('oracle', 4)).toEqual([])
    expect(expected('oracle', 0, 2, 0)).toEqual([5, 6, 0])
  })

  it('cross-layer expects what followed the choices in the layer before, on other tokens', () => {
    // There every token chose the next higher expert: so those it would now choose are the ones it does choose, as far as
    // other tokens of the same choice were seen. A lone one teaches nothing.
    expect(expected('cross-layer', 0, 0, 0)).toEqual([4])
    expect(expected('cross-layer', 1, 1, 1)).toEqual([4])
    expect(expected('cross-layer', 0, 0, 0, true)).toEqual([9, 4])
  })

  it('cross-layer looks no further in the layer before than that has come', () => {
    expect(expected('cross-layer', 1, 3, 0, true)).toEqual(expected('cross-layer', 1, 0, 0, true))
    expect(foretold('cross-layer', 1, [], true)).toEqual([4, 9])
  })

  it('combined expects what both relations foretell, and what one does where the other knows nothing', () => {
    const again = [...works.slice(0, 3), { ...works[1]!, iteration: 3 }]
    const tokens = (name: Name) => {
      const predictor = predictors[name].create({
        experts: EXPERTS,
        most: 2,
        knowledge: knowledgeOf(again, true),
      })
      for (const work of again) predictor.learn(work)
      return predictor.expected(3, 3)
    }
    const share = (counts: Float64Array) => {
      const sum = counts.reduce((so, count) => so + count, 0)
      return counts.map((count) => count / sum)
    }
    const [layer, token] = [share(tokens('cross-layer')!), share(tokens('cross-token')!)]
    // Four iterations of six tokens each, ten experts.
    const weight = 24 / (24 + EXPERTS)
    share(tokens('combined')!).forEach((part, e) => {
      expect(part).toBeCloseTo((layer[e]! + weight * token[e]!) / (1 + weight))
    })
    expect(expected('combined', 0, 0, 0, true)).toEqual(expected('cross-layer', 0, 0, 0, true))
    expect(expected('combined', 0, 0, -1)).toEqual([])
  })

  it('matching foretells what the stored request did that chose most alike', () => {
    // Layer 1 of three requests of two tokens; the run takes the first one. In layer 0 tokens chose the next higher expert.
    const table = Uint16Array.from([2, 3, 2, 4, 7, 8])
    const knowledge = new LayerKnowledge({
      model: { experts: EXPERTS, topK: 1 },
      routing: {
        layers: [0, 1],
        requests: [{ tokens: 2 }, { tokens: 2 }, { tokens: 2 }],
        layerExperts: (layer) => (layer === 1 ? table : table.map((expert) => expert + 1)),
      },
      layer: 1,
      layerExperts: table,
      iterations: [0, 1].map((row) => ({
        ...{ phase: 'decode', rows: Int32Array.of(row), requests: Int32Array.of(0) },
      })),
    })
    const predictor = predictors.matching.create({ experts: EXPERTS, most: 1, knowledge })
    // Its first token chose 3 in the layer before, as one of the second request did.
    expect([...predictor.expected(0, 0)!]).toEqual([0, 0, 0.5, 0, 0.5, 0, 0, 0, 0, 0])
    expect(predictor.expected(0, -1)).toBeUndefined()
    predictor.learn({ ...iteration(0, 'decode', [2]), choices: Uint16Array.of(2) })
    expect(topExperts(predictor.expected(1, 1)!, 2)).toEqual([2, 4])
    expect(expected('matching', 3, 3, 3)).toEqual([])
  })

  it('without knowledge of the routing those that need it foretell nothing', () => {
    for (const name of ['cross-layer', 'oracle', 'accuracy', 'matching'] as const) {
      const predictor = predictors[name].create({ experts: EXPERTS, most: 2 })
      predictor.learn(works[0]!)
      expect(predictor.expected(1, 0)).toBeUndefined()
      expect(predictor.foretells(3, () => [3])).toBe(false)
    }
  })

  it.each(namesOf(predictors))('%s predicts no more experts than it is allowed to', (name) => {
    fc.assert(
      fc.property(stories, fc.integer({ min: 0, max: 5 }), (story, most) => {
        const all = worksOf(story, topology)
        const { experts } = story
        const predictor = predictors[name].create({ experts, most, knowledge: knowledgeOf(all, true) })
        for (const work of all) predictor.learn(work)
        for (const computing of [[0], [2]]) {
          const ids = [...Array(experts).keys()]
          const predicted = ids.filter((expert) => predictor.foretells(expert, () => computing))
          // Beside what follows the expert of the die, the map lets each expert foretell itself.
          const own = name === 'cross-token' ? ids.filter((e) => predictor.foretells(e, () => [])).length : 0
          expect(predicted.length).toBeLessThanOrEqual(most + own)
        }
      }),
    )
  })
})

describe('the share that is predicted', () => {
  const crossbar = madeUp.find(({ name }) => name === 'crossbar-8')!
  const story = { experts: 12, topK: 3, requests: 12, prefill: 6, decode: 3, skew: 0, seed: 5 }
  const made = (scheduler: string) => {
    const on = buildTopology(crossbar.topology)
    const model = tinyModel(story.experts, 3, story.topK)
    return runWorks(scheduler, crossbar, model, worksOf(story, on)).machine.holdings.replicas.counters.made
  }

  it.each(['prefill', 'popularity'])('decides how much %s keeps', (name) => {
    const kept = [0, 20, 100].map((percent) => made(`pred-only:predictor=${name},predict=${percent}`))
    expect(kept[0]).toBe(0)
    expect(kept[1]).toBeGreaterThan(0)
    expect(kept[2]).toBeGreaterThan(kept[1]!)
  })
})

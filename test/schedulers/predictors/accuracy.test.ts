// A predictor of stated recall has it: as many of the needed experts as it says, wrong ones for the rest.
import { describe, expect, it } from 'vitest'
import { randomStream } from '../../../src/engine/random.ts'
import { splitSchedulerText } from '../../../src/schedulers/options.ts'
import { predictors } from '../../../src/schedulers/predictors/table.ts'
import { resolveScheduler } from '../../../src/schedulers/table.ts'
import { LayerKnowledge } from '../../../src/sim/knowledge.ts'

const EXPERTS = 64
const TOP_K = 6
const ITERATIONS = 400

/** A token an iteration, with experts of its own. */
function knowledgeOf(seed: number): LayerKnowledge {
  const random = randomStream(7, 'choices')
  const rows = Array.from({ length: ITERATIONS }, () => {
    const chosen = new Set<number>()
    while (chosen.size < TOP_K) chosen.add(Math.floor(random() * EXPERTS))
    return [...chosen]
  })
  const layerExperts = Uint16Array.from(rows.flat())
  return new LayerKnowledge({
    model: { experts: EXPERTS, topK: TOP_K },
    routing: { layers: [3], requests: [{ tokens: ITERATIONS }], layerExperts: () => layerExperts },
    ...{ layer: 3, layerExperts, seed },
    iterations: rows.map((_, row) => ({
      ...{ phase: 'decode', rows: Int32Array.of(row), requests: Int32Array.of(0) },
    })),
  })
}

/** Experts that are named, iteration by iteration. */
function named(recall: number, seed = 1): number[][] {
  const predictor = predictors.accuracy.create({
    experts: EXPERTS,
    most: EXPERTS,
    knowledge: knowledgeOf(seed),
    recall,
  })
  return Array.from({ length: ITERATIONS }, (_, i) => {
    const expected = predictor.expected(i, i)!
    return [...expected.keys()].filter((expert) => expected[expert]! > 0)
  })
}

const truth = knowledgeOf(1)
const needed = Array.from({ length: ITERATIONS }, (_, i) => new Set(truth.choices(i)))
const hitsOf = (all: readonly number[][]) =>
  all.map((experts, i) => experts.filter((expert) => needed[i]!.has(expert)))

describe('predictor=accuracy', () => {
  it.each([0, 0.25, 0.5, 0.9, 1])('names the share of the needed experts that recall=%s states', (recall) => {
    const met = hitsOf(named(recall)).flat().length / (ITERATIONS * TOP_K)
    // Four standard deviations of as many independent draws.
    const spread = Math.sqrt((recall * (1 - recall)) / (ITERATIONS * TOP_K))
    expect(Math.abs(met - recall)).toBeLessThanOrEqual(4 * spread)
  })

  it('names as many experts as are needed, wrong ones for those it misses', () => {
    for (const experts of named(0.5)) expect(experts.length).toBe(TOP_K)
    for (const experts of named(0)) expect(experts.length).toBe(TOP_K)
  })

  it('names with a higher recall all that it named with a lower one, as far as it was needed', () => {
    const [few, many] = [hitsOf(named(0.4)), hitsOf(named(0.7))]
    few.forEach((experts, i) => {
      expect(many[i]).toEqual(expect.arrayContaining(experts))
    })
  })

  it('expects with recall=1 what the oracle does, token by token', () => {
    const knowledge = knowledgeOf(1)
    const made = (name: 'accuracy' | 'oracle') =>
      predictors[name].create({ experts: EXPERTS, most: EXPERTS, knowledge, recall: 1 })
    for (let i = 0; i <= ITERATIONS; i++) {
      expect(made('accuracy').expected(i, i)).toEqual(made('oracle').expected(i, i))
    }
  })

  it('errs alike with the same seed, and otherwise with another', () => {
    expect(named(0.6)).toEqual(named(0.6))
    expect(named(0.6)).not.toEqual(named(0.6, 2))
  })
})

it.each([
  ['recall=0.5', 'cross-token is as good as it is, so recall=0.5 would change nothing'],
  ['predictor=accuracy,recall=1.5', 'a number from 0 to 1'],
  ['predictor=accuracy,recall=-1', 'a number from 0 to 1'],
  ['predictor=accuracy,predict=40', 'names as many experts as are needed'],
])('is refused: %s', (options, why) => {
  const { findings } = resolveScheduler(splitSchedulerText(`forecast-prefetch:${options}`)!, 'physical')
  expect(JSON.stringify(findings)).toContain(why)
})

// Top-k without repeats follows successive sampling, whichever of the two ways a slot is drawn.
import seedrandom from 'seedrandom'
import { describe, expect, it } from 'vitest'
import { type GroupLimit, TokenSampler } from '../../../src/trace/synth/token-sampler.ts'

/** Probability of each ordered result, by the definition of successive sampling. */
function successive(weights: readonly number[], topK: number): Map<string, number> {
  const result = new Map<string, number>()
  const go = (chosen: number[], probability: number) => {
    if (chosen.length === topK) {
      result.set(chosen.join(), probability)
      return
    }
    const left = weights.map((_, index) => index).filter((index) => !chosen.includes(index))
    const sum = left.reduce((total, index) => total + weights[index]!, 0)
    for (const index of left) go([...chosen, index], (probability * weights[index]!) / sum)
  }
  go([], 1)
  return result
}

function sample(
  weights: readonly number[],
  topK: number,
  draws: number,
  limit?: GroupLimit,
): Map<string, number> {
  const random = seedrandom.alea('successive')
  const sampler = new TokenSampler(Float64Array.from(weights), limit)
  const counts = new Map<string, number>()
  for (let i = 0; i < draws; i++) {
    sampler.begin()
    sampler.openGroups(random)
    const key = Array.from({ length: topK }, () => sampler.draw(random)).join()
    counts.set(key, (counts.get(key) ?? 0) + 1 / draws)
  }
  return counts
}

function expectClose(got: Map<string, number>, expected: Map<string, number>): void {
  expect([...got.keys()].sort()).toEqual([...expected.keys()].sort())
  for (const [key, probability] of expected) expect(Math.abs(got.get(key)! - probability)).toBeLessThan(0.005)
}

describe('TokenSampler', () => {
  it('draws ordered pairs of four experts with the probabilities of successive sampling', () => {
    expectClose(sample([1, 2, 3, 4], 2, 200_000), successive([1, 2, 3, 4], 2))
  })

  it('draws all experts of a layer in the order of successive sampling', () => {
    expectClose(sample([1, 2, 4], 3, 200_000), successive([1, 2, 4], 3))
  })

  it('keeps the right shares where one expert is so popular that rejection gives up', () => {
    // After expert 0 is taken, 99.99 % of the alias draws are rejected.
    const got = sample([100_000, 3, 7], 2, 100_000)
    expect(got.get('0,1')).toBeCloseTo(0.3, 2)
    expect(got.get('0,2')).toBeCloseTo(0.7, 2)
  })

  it('chooses a group by its total weight and then experts by theirs', () => {
    // Groups {0, 1} and {2, 3} with weights 3 and 7.
    const got = sample([1, 2, 3, 4], 1, 200_000, { groups: 2, groupsPerToken: 1 })
    expectClose(got, new Map([0.1, 0.2, 0.3, 0.4].map((share, expert) => [String(expert), share])))
  })

  it('stays within one group when a token may use only one', () => {
    const got = sample([1, 2, 3, 4], 2, 20_000, { groups: 2, groupsPerToken: 1 })
    expect([...got.keys()].sort()).toEqual(['0,1', '1,0', '2,3', '3,2'])
  })

  it.each([3, 16])(
    'chooses %i groups of one expert each like experts: one after the other, by weight',
    (groups) => {
      // Only the first two have weights worth seeing.
      const weights = [5, 3, ...new Array<number>(groups - 2).fill(2 / (groups - 2))]
      const got = sample(weights, 1, 200_000, { groups, groupsPerToken: 2 })
      // The expert drawn is one of two open groups: the first with its share of the two weights.
      const share = (expert: number) => {
        const total = 10
        const others = weights.map((_, other) => other).filter((other) => other !== expert)
        const chance = (a: number, b: number) => ((weights[a]! / total) * weights[b]!) / (total - weights[a]!)
        return others.reduce((sum, other) => {
          const both = chance(expert, other) + chance(other, expert)
          return sum + (both * weights[expert]!) / (weights[expert]! + weights[other]!)
        }, 0)
      }
      expectClose(got, new Map(weights.map((_, expert) => [String(expert), share(expert)])))
    },
  )

  it.each<[string, number[], number, GroupLimit | undefined]>([
    ['all experts', [1, 2, 3, 4], 4, undefined],
    ['experts so unlike that rejection gives up', [100_000, 3, 7, 1], 3, undefined],
    ['experts of half of the groups', [1, 2, 3, 4, 5, 6, 7, 8], 4, { groups: 4, groupsPerToken: 2 }],
    ['experts of all groups', [1, 2, 3, 4], 2, { groups: 2, groupsPerToken: 2 }],
  ])('fills places as it draws one after the other: %s', (_, weights, topK, limit) => {
    const samplers = [0, 1].map(() => new TokenSampler(Float64Array.from(weights), limit))
    const [drawing, filling] = [0, 1].map(() => seedrandom.alea('places'))
    const [drawn, filled] = [new Uint16Array(3000 * topK), new Uint16Array(3000 * topK)]
    for (let at = 0; at < drawn.length; at += topK) {
      samplers[0]!.begin()
      samplers[0]!.openGroups(drawing!)
      for (let slot = at; slot < at + topK; slot++) drawn[slot] = samplers[0]!.draw(drawing!)
      samplers[1]!.begin()
      samplers[1]!.openGroups(filling!)
      samplers[1]!.fill(filled, at, at + topK, filling!)
    }
    expect(filled).toEqual(drawn)
  })

  it.each([
    [[], [4, 5]],
    [[4], [2, 3]],
  ])(
    'opens the last group that is closed where rounding leaves a hair of the draw: %j kept',
    (kept, group) => {
      const sampler = new TokenSampler(Float64Array.of(1, 1, 1, 1, 1, 1), {
        groups: 3,
        groupsPerToken: kept.length + 1,
      })
      sampler.begin()
      for (const expert of kept) sampler.keep(expert)
      sampler.openGroups(() => 1)
      expect([0, 1, 2, 3, 4, 5].filter((expert) => sampler.take(expert))).toEqual(
        [...group, ...(kept.length > 0 ? [5] : [])].sort(),
      )
    },
  )

  it('counts the groups of kept experts', () => {
    const random = seedrandom.alea('kept')
    const sampler = new TokenSampler(Float64Array.of(1, 1, 1, 1, 50, 50), { groups: 3, groupsPerToken: 1 })
    for (let i = 0; i < 1000; i++) {
      sampler.begin()
      sampler.keep(0)
      sampler.openGroups(random)
      expect(sampler.draw(random)).toBe(1)
    }
  })
})

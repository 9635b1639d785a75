// Tensor parallelism: every die of an expert's group computes its part for all tokens, and partial sums come home.
import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/errors.ts'
import { buildTopology } from '../../src/hardware/topology.ts'
import { expertTokens } from '../../src/schedulers/work.ts'
import { madeUp } from './machines.ts'
import { modelOf, runWorks, type Story, worksOf } from './stories.ts'

const story: Story = { experts: 6, topK: 2, requests: 8, prefill: 3, decode: 0, skew: 1, seed: 3 }
const crossbar = madeUp.find(({ name }) => name === 'crossbar-8')!
const topology = buildTopology(crossbar.topology)
const [work] = worksOf(story, topology)
const run = (scheduler: string) => runWorks(scheduler, crossbar, modelOf(story), [work!])

/** Dies that compute an expert. */
function diesOf(scheduler: string): Map<number, Set<number>> {
  const dies = new Map<number, Set<number>>()
  for (const { kind, expert, die, tokens } of run(scheduler).spans[0]!) {
    if (kind !== 'compute') continue
    expect(tokens).toBe(expertTokens(work!, expert))
    dies.set(expert, (dies.get(expert) ?? new Set()).add(die))
  }
  return dies
}

describe('tp', () => {
  it('cuts every expert over all dies', () => {
    for (const dies of diesOf('tp').values()) expect(dies.size).toBe(8)
  })

  it('with ways cuts it over those of one group, each group with experts of its own', () => {
    for (const [expert, dies] of diesOf('tp:ways=4')) {
      const group = expert < 3 ? 0 : 1
      expect([...dies].sort()).toEqual([0, 1, 2, 3].map((die) => 4 * group + die))
    }
    for (const dies of diesOf('tp:ways=1').values()) expect(dies.size).toBe(1)
  })

  it('sends each token to every other die once, and a sum back from each', () => {
    const tokenBytes = work!.tokens * 7 * 64
    expect(run('tp:combine=false').machine.traffic.linkBytes).toBe(tokenBytes)
    expect(run('tp').machine.traffic.linkBytes).toBe(2 * tokenBytes)
  })

  it('refuses groups that dies do not fall into', () => {
    expect(() => run('tp:ways=3')).toThrow(UserError)
    expect(() => run('tp:ways=3')).toThrow(/8 dies do not fall into groups of 3; use one of 1, 2, 4, 8/)
  })
})

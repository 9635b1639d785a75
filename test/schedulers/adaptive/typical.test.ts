// Layers before they are known: how many experts are active with how many tokens, and made-up ones by expert.
import { describe, expect, it } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import { madeUpTokens, typicalLayer } from '../../../src/schedulers/adaptive/typical.ts'
import type { RoutingKnowledge } from '../../../src/schedulers/knowledge.ts'
import { workOf } from '../../helpers/frames.ts'
import { knowledgeOf } from '../../helpers/knowledge.ts'
import { madeUp } from '../machines.ts'
import { modelOf } from '../stories.ts'

const story = { experts: 8, topK: 2, requests: 1, prefill: 1, decode: 0, skew: 0, seed: 1 }
const model = modelOf(story)
const context = packageOf({ hardware: madeUp[0]!, model, compat: 'physical' })

it('a typical layer has the mean tokens of the iterations, each expert untouched by a token in three of four cases', () => {
  const works = [1, 4].map((tokens) =>
    workOf(
      Array.from({ length: tokens }, () => [0, 1]),
      8,
      context.topology,
    ),
  )
  const knowledge = knowledgeOf(works, false)
  const tokens = knowledge.iterations.map((iteration) => iteration.tokens)
  expect(tokens).toEqual([1, 4])
  const activeExperts = 8 * (1 - 0.75 ** 2.5)
  expect(typicalLayer({ ...context, knowledge })).toEqual({
    ...{ allTokens: 3, activeExperts },
    tokens: Math.round(5 / activeExperts),
  })
})

it('of a run of which nothing is known it has one token', () => {
  expect(typicalLayer(context)).toEqual({ allTokens: 1, activeExperts: 2, tokens: 1 })
  const knowledge = { iterations: [] } as unknown as RoutingKnowledge
  expect(typicalLayer({ ...context, knowledge })).toEqual({ allTokens: 1, activeExperts: 2, tokens: 1 })
})

describe('a made-up layer', () => {
  const routed = (skew: number, experts = 8) => ({
    model: { ...model, experts, routing: { ...model.routing, skew } },
  })
  const sum = (counts: Int32Array) => counts.reduce((total, count) => total + count, 0)

  it('has a choice for each token and each of its experts, alike where routing is even', () => {
    const counts = madeUpTokens(routed(0), 4000, 0)
    expect(sum(counts)).toBe(8000)
    // Of mean 1000 and a standard deviation of 30.
    expect(Math.min(...counts)).toBeGreaterThan(900)
    expect(Math.max(...counts)).toBeLessThan(1100)
  })

  it('is another one for each number, and the same each time', () => {
    expect(madeUpTokens(routed(1), 50, 2)).toEqual(madeUpTokens(routed(1), 50, 2))
    expect(madeUpTokens(routed(1), 50, 2)).not.toEqual(madeUpTokens(routed(1), 50, 1))
  })

  it('has experts that differ in popularity by as much as routing is skewed', () => {
    // Of many experts the logarithms of their shares have the skew as standard deviation, and no mean.
    const logs = Array.from(madeUpTokens(routed(0.5, 400), 16_000, 0), (count) => Math.log(count / 80))
    const mean = logs.reduce((total, log) => total + log, 0) / logs.length
    const variance = logs.reduce((total, log) => total + (log - mean) ** 2, 0) / logs.length
    // Shares have a mean of one, so their logarithms one of minus half the variance; drawing adds a little.
    expect(mean).toBeCloseTo(-0.125, 1)
    expect(Math.sqrt(variance)).toBeCloseTo(0.5, 1)
  })

  it('is the same on every machine', () => {
    const counts = madeUpTokens(routed(1), 16_000, 0)
    expect([...counts]).toEqual([3219, 4656, 9374, 1508, 4147, 4324, 1821, 2951])
  })

  it('is drawn of 32768 choices at most, each of which then stands for several', () => {
    const counts = madeUpTokens(routed(0), 2 ** 15, 0)
    expect(sum(counts)).toBe(2 ** 16)
    expect(counts.every((count) => count % 2 === 0)).toBe(true)
    expect(madeUpTokens(routed(0), 2 ** 14, 0).every((count) => count % 2 === 0)).toBe(false)
    expect(sum(madeUpTokens(routed(0), 2 ** 14, 0))).toBe(2 ** 15)
  })

  it('gives no expert a token twice', () => {
    const counts = madeUpTokens(routed(6), 3, 0)
    expect(Math.max(...counts)).toBe(3)
  })
})

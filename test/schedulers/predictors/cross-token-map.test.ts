// The cross-token map: which pairs it counts, and which experts it foretells.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CrossTokenMap } from '../../../src/schedulers/predictors/cross-token-map.ts'
import type { LayerWork } from '../../../src/schedulers/work.ts'

let steps = 0

/** The next iteration, and only what the map looks at: the phase, and per token its request and its experts. */
function step(phase: LayerWork['phase'], tokens: readonly (readonly [number, ...number[]])[]): LayerWork {
  return {
    iteration: steps++,
    phase,
    tokens: tokens.length,
    topK: (tokens[0]?.length ?? 1) - 1,
    choices: Uint16Array.from(tokens.flatMap(([, ...experts]) => experts)),
    tokenRequest: Int32Array.from(tokens, ([request]) => request),
  } as unknown as LayerWork
}

function predicted(map: CrossTokenMap, expert: number, experts: number): number[] {
  return [...Array(experts).keys()].filter((next) => map.foretells(expert, next, Math.ceil(experts / 5)))
}

/** Experts that follow each other in the rules' own words: count all pairs, sort every row. */
function foretoldByHand(works: readonly LayerWork[], experts: number): number[][] {
  const counts = Array.from({ length: experts }, () => new Array<number>(experts).fill(0))
  const last = new Map<number, { phase: string; chosen: readonly number[] }>()
  for (const { phase, tokens, topK, choices, tokenRequest } of works) {
    for (let token = 0; token < tokens; token++) {
      const chosen = [...choices.subarray(token * topK, (token + 1) * topK)]
      const before = last.get(tokenRequest[token]!)
      if (before?.phase === phase) {
        for (const i of before.chosen) for (const j of chosen) counts[i]![j] = counts[i]![j]! + 1
      }
      last.set(tokenRequest[token]!, { phase, chosen })
    }
  }
  return counts.map((row) => {
    const ranked = [...row.keys()].sort((a, b) => row[b]! - row[a]! || a - b)
    const top = ranked.slice(0, Math.ceil(experts / 5)).filter((next) => row[next]! > 0)
    return top.sort((a, b) => a - b)
  })
}

describe('cross-token map', () => {
  it('counts consecutive prompt tokens of a request, every expert of one with every expert of the next', () => {
    const map = new CrossTokenMap(10)
    map.learn(
      step('prefill', [
        [7, 0, 1],
        [7, 2, 3],
        [7, 4, 5],
      ]),
    )
    expect(predicted(map, 0, 10)).toEqual([2, 3])
    expect(predicted(map, 1, 10)).toEqual([2, 3])
    expect(predicted(map, 3, 10)).toEqual([4, 5])
    expect(predicted(map, 4, 10)).toEqual([])
  })

  it('does not pair tokens of different requests', () => {
    const map = new CrossTokenMap(5)
    map.learn(
      step('prefill', [
        [1, 0],
        [2, 1],
        [1, 2],
      ]),
    )
    expect(predicted(map, 0, 5)).toEqual([2])
    expect(predicted(map, 1, 5)).toEqual([])
  })

  it('pairs a decode token with that of the step before, but not with the prompt', () => {
    const map = new CrossTokenMap(5)
    map.learn(step('prefill', [[1, 0]]))
    map.learn(step('decode', [[1, 1]]))
    expect(predicted(map, 0, 5)).toEqual([])
    map.learn(step('decode', [[1, 2]]))
    expect(predicted(map, 1, 5)).toEqual([2])
  })

  it('foretells the top fifth of a row by count, the lower id of equals', () => {
    const map = new CrossTokenMap(10)
    // After expert 0: 9 three times, 5 and 4 twice, 6 once. A fifth of ten are two.
    for (const next of [9, 9, 9, 5, 4, 5, 4, 6])
      map.learn(
        step('prefill', [
          [next, 0],
          [next, next],
        ]),
      )
    expect(predicted(map, 0, 10)).toEqual([4, 9])
  })

  it('rounds the fifth up and never foretells what never followed', () => {
    const map = new CrossTokenMap(6)
    map.learn(
      step('prefill', [
        [0, 0],
        [0, 5],
      ]),
    )
    expect(predicted(map, 0, 6)).toEqual([5])
    map.learn(
      step('prefill', [
        [1, 0],
        [1, 3],
      ]),
    )
    map.learn(
      step('prefill', [
        [2, 0],
        [2, 4],
      ]),
    )
    expect(predicted(map, 0, 6)).toEqual([3, 4])
  })

  it('counts an iteration once, however many learn it, each its own share of experts', () => {
    const [prompt, first, second] = [
      step('prefill', [[1, 0]]),
      step('decode', [[1, 1]]),
      step('decode', [[1, 2]]),
    ]
    const map = new CrossTokenMap(5)
    for (const work of [prompt, prompt, first, first, second, second]) map.learn(work)
    map.learn(step('decode', [[1, 3]]))
    map.learn(step('decode', [[1, 2]]))
    // Counted twice, the second step would have 2 follow 2.
    expect([...map.expected()!]).toEqual([0, 0, 0, 1, 0])
    expect(map.foretells(2, 3, 1)).toBe(true)
    expect(map.foretells(2, 3, 0)).toBe(false)
  })

  it('refuses an iteration that comes before the last one', () => {
    const [early, late] = [step('decode', [[1, 0]]), step('decode', [[1, 1]])]
    const map = new CrossTokenMap(5)
    map.learn(late)
    expect(() => map.learn(early)).toThrow(/was learnt after/)
  })

  it('foretells the same whether it is asked at every step or once in a while, for every top-k', () => {
    const expertCount = 12
    const token = (topK: number) =>
      fc.record({
        request: fc.integer({ min: 0, max: 4 }),
        chosen: fc.uniqueArray(fc.integer({ min: 0, max: expertCount - 1 }), {
          minLength: topK,
          maxLength: topK,
        }),
      })
    const story = fc.integer({ min: 1, max: 9 }).chain((topK) =>
      fc.array(
        fc.record({
          phase: fc.constantFrom('prefill' as const, 'decode' as const),
          batch: fc.array(token(topK), { minLength: 1, maxLength: 12 }),
          isAsked: fc.boolean(),
        }),
        { minLength: 1, maxLength: 8 },
      ),
    )
    fc.assert(
      fc.property(story, (steps) => {
        const map = new CrossTokenMap(expertCount)
        const works: LayerWork[] = []
        steps.forEach(({ phase, batch, isAsked }, i) => {
          const rows = batch.map(({ request, chosen }) => [request, ...chosen] as [number, ...number[]])
          works.push(step(phase, rows))
          map.learn(works.at(-1)!)
          if (!isAsked && i < steps.length - 1) return
          const expected = foretoldByHand(works, expertCount)
          for (let expert = 0; expert < expertCount; expert++) {
            expect(predicted(map, expert, expertCount)).toEqual(expected[expert])
          }
        })
      }),
    )
  })
})

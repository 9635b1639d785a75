// The cross-token map: which pairs it counts, and which experts it foretells.
import { describe, expect, it } from 'vitest'
import { CrossTokenMap } from '../../src/schedulers/cross-token.ts'
import type { LayerWork } from '../../src/schedulers/work.ts'

/** Only what the map looks at: the phase, and per token its request and its experts. */
function step(phase: LayerWork['phase'], tokens: readonly (readonly [number, ...number[]])[]): LayerWork {
  return {
    phase,
    tokens: tokens.length,
    topK: (tokens[0]?.length ?? 1) - 1,
    choices: Uint16Array.from(tokens.flatMap(([, ...experts]) => experts)),
    tokenRequest: Int32Array.from(tokens, ([request]) => request),
  } as unknown as LayerWork
}

function predicted(map: CrossTokenMap, expert: number, experts: number): number[] {
  const marks = new Uint8Array(experts)
  map.predict(expert, marks)
  return [...marks.entries()].filter(([, mark]) => mark === 1).map(([id]) => id)
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

  it('adds to the marks that are there', () => {
    const map = new CrossTokenMap(5)
    map.learn(
      step('prefill', [
        [0, 0],
        [0, 1],
        [0, 2],
      ]),
    )
    const marks = new Uint8Array(5)
    map.predict(0, marks)
    map.predict(1, marks)
    expect([...marks]).toEqual([0, 1, 1, 0, 0])
  })
})

// What is known of a layer's routing: counted over the right rows, from the right layer, and only when asked for.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { iterationsOf } from '../../src/schedulers/knowledge.ts'
import { LayerKnowledge } from '../../src/sim/knowledge.ts'
import type { LayerRouting } from '../../src/trace/source.ts'

/** Three requests of 3, 2 and 2 tokens; two experts of five per token; model layers 1, 3 and 5. */
const tables: Readonly<Record<number, readonly (readonly [number, number])[]>> = {
  1: [
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 4],
    [4, 0],
    [0, 2],
    [1, 3],
  ],
  3: [
    [1, 0],
    [2, 0],
    [3, 0],
    [4, 0],
    [1, 4],
    [2, 4],
    [3, 4],
  ],
  5: [
    [4, 1],
    [4, 2],
    [4, 3],
    [0, 1],
    [0, 2],
    [0, 3],
    [2, 1],
  ],
}

function routing(asked: number[] = []): LayerRouting {
  return {
    layers: [1, 3, 5],
    requests: [{ tokens: 3 }, { tokens: 2 }, { tokens: 2 }],
    layerExperts(layer) {
      asked.push(layer)
      return Uint16Array.from(tables[layer]!.flat())
    },
  }
}

const iteration = (phase: 'prefill' | 'decode' | 'mixed', rows: number[], requests: number[]) => ({
  phase,
  rows: Int32Array.from(rows),
  requests: Int32Array.from(requests),
})
/** The first two requests in lock step; the last token of the first one is not taken. */
const lockStep = [iteration('prefill', [0, 3], [0, 1]), iteration('decode', [4, 1], [1, 0])]

function knowledge(layer: number, iterations = lockStep, from = routing()): LayerKnowledge {
  const layerExperts = Uint16Array.from(tables[layer]!.flat())
  return new LayerKnowledge({
    model: { experts: 5, topK: 2 },
    routing: from,
    layer,
    layerExperts,
    iterations,
  })
}

describe('knowledge of a layer', () => {
  it('outlines the iterations of the run, and finds those of a phase', () => {
    const known = knowledge(5)
    expect(known.iterations).toEqual([
      { phase: 'prefill', tokens: 2 },
      { phase: 'decode', tokens: 2 },
    ])
    expect(iterationsOf(known, 'prefill')).toEqual([0])
    expect(iterationsOf(known, 'decode')).toEqual([1])
    expect(iterationsOf(known, 'decode', 1)).toEqual([])
  })

  it('counts tokens per expert over any iterations together', () => {
    // Rows 0 and 3 of layer 5 chose 4, 1 and 0, 1; rows 4 and 1 chose 0, 2 and 4, 2.
    expect([...knowledge(5).tokensIn([0])]).toEqual([1, 2, 0, 0, 1])
    expect([...knowledge(5).tokensIn([1])]).toEqual([1, 0, 2, 0, 1])
    expect([...knowledge(5).tokensIn([0, 1])]).toEqual([2, 2, 2, 0, 2])
    expect([...knowledge(5).tokensIn([])]).toEqual([0, 0, 0, 0, 0])
  })

  it('counts as held out whole requests that the run takes nothing of, not the rest of those it began', () => {
    // The third request's rows 5 and 6 chose 0, 3 and 2, 1; row 2, the rest of the first request, chose 4, 3.
    expect([...knowledge(5).heldOutTokens()!]).toEqual([1, 1, 1, 1, 0])
    const everybody = [iteration('mixed', [0, 3, 5], [0, 1, 2])]
    expect(knowledge(5, everybody).heldOutTokens()).toBeUndefined()
  })

  it('with requests drawn again holds nothing out, and counts a row that they share once', () => {
    const places = [iteration('decode', [2, 4, 6, 2], [0, 1, 2, 3])]
    expect(knowledge(5, places).heldOutTokens()).toBeUndefined()
    const once = [iteration('decode', [2, 4, 6], [0, 1, 2])]
    expect(knowledge(5, places).transitions(0)).toEqual(knowledge(5, once).transitions(0))
  })

  it('gives what the same tokens chose in the layer that the source has before this one', () => {
    expect([...knowledge(5).previousChoices(1)!]).toEqual([...tables[3]![4]!, ...tables[3]![1]!])
    expect([...knowledge(3).previousChoices(0)!]).toEqual([...tables[1]![0]!, ...tables[1]![3]!])
    expect(knowledge(1).previousChoices(0)).toBeUndefined()
    expect(knowledge(1).transitions(0)).toBeUndefined()
  })

  it('counts transitions over all rows but those of the iteration', () => {
    const { counts, rowSums, experts } = knowledge(5).transitions(0)!
    expect(experts).toBe(5)
    // Rows 1, 2, 4, 5, 6 remain: three of them chose expert 4 in layer 3, and then 0, 2; 0, 3; 2, 1.
    expect([...counts.subarray(4 * 5, 5 * 5)]).toEqual([2, 1, 2, 1, 0])
    expect(rowSums[4]).toBe(6)
    // Row 0 was the one that went from expert 1 to expert 4; row 4 went from it to 0 and 2.
    expect([...counts.subarray(1 * 5, 2 * 5)]).toEqual([1, 0, 1, 0, 0])
  })

  it('has no profile where the iteration takes all rows', () => {
    const all = [iteration('mixed', [0, 1, 2, 3, 4, 5, 6], [0, 0, 0, 1, 1, 2, 2])]
    expect(knowledge(5, all).transitions(0)).toBeUndefined()
    expect(knowledge(5, all).previousChoices(0)).toBeDefined()
  })

  it('keeps profiles of different iterations apart', () => {
    const known = knowledge(5)
    const first = known.transitions(0)!.counts.slice()
    expect(known.transitions(1)!.counts).not.toEqual(first)
    expect(known.transitions(0)!.counts).toEqual(first)
    expect(known.transitions(1)!.counts).toEqual(knowledge(5).transitions(1)!.counts)
  })

  it('of all held-out rows sums to k * k for each of them', () => {
    fc.assert(
      fc.property(fc.subarray([0, 1, 2, 3, 4, 5], { minLength: 1 }), (rows) => {
        const taken = [
          iteration(
            'mixed',
            rows,
            rows.map(() => 0),
          ),
        ]
        const { rowSums, counts } = knowledge(5, taken).transitions(0)!
        expect(rowSums.reduce((a, b) => a + b, 0)).toBe((7 - rows.length) * 4)
        expect(counts.reduce((a, b) => a + b, 0)).toBe((7 - rows.length) * 4)
      }),
    )
  })

  it('has one cross-token map for all schedulers of the layer', () => {
    const known = knowledge(3)
    expect(known.crossTokens).toBe(known.crossTokens)
    expect(knowledge(3).crossTokens).not.toBe(known.crossTokens)
  })

  it('asks for no layer until a scheduler asks for what only that layer tells, and then once', () => {
    const asked: number[] = []
    const known = knowledge(5, lockStep, routing(asked))
    known.tokensIn([0, 1])
    known.heldOutTokens()
    expect(asked).toEqual([])
    known.previousChoices(0)
    known.previousChoices(1)
    known.transitions(0)
    known.transitions(1)
    expect(asked).toEqual([3])
  })
})

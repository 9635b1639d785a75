// Batches of random tokens, worked out by hand.
import { expect, test } from 'vitest'
import { randomStream } from '../../../src/engine/random.ts'
import { batchLoads, drawBatches } from '../../../src/trace/statistics/batches.ts'
import { TokenRows } from '../../../src/trace/statistics/token-rows.ts'

test('a batch has as many distinct experts as its tokens choose, and the load of its ranks', () => {
  const table = Uint16Array.from(
    [
      [0, 1],
      [1, 2],
      [3, 2],
    ].flat(),
  )
  // {0,1,2}: loads 1 2 1 0 of mean 1; {1,2,3}: loads 0 1 2 1.
  expect(batchLoads(table, Int32Array.of(0, 1, 1, 2), 2, { experts: 4, topK: 2 })).toEqual({
    distinct: 3,
    imbalance: 2,
  })
})

test('tokens are drawn from decode where a request has any, else from its prompt', () => {
  const rows = new TokenRows([
    { id: 'a', prefillTokens: 5, tokens: 8 },
    { id: 'b', prefillTokens: 4, tokens: 4 },
  ])
  const batches = drawBatches(rows, { experts: 4, topK: 1 }, randomStream(1, 'test'))
  expect(batches.map(({ size, rows: drawn }) => [size, drawn.length])).toEqual([
    [8, 800],
    [32, 3200],
    [128, 12_800],
  ])
  expect([...new Set(batches[2]!.rows)].sort((a, b) => a - b)).toEqual([5, 6, 7, 8, 9, 10, 11])
  // Uniform loads of 8 tokens on 4 ranks are never even and never all on one.
  expect(batches[0]!.uniformImbalance).toBeGreaterThan(1.3)
  expect(batches[0]!.uniformImbalance).toBeLessThan(2.5)
})

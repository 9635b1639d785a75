// The study of a measured cache: a recorded trace is judged by its own numbers, generated routing is not.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nodeIo } from '../../../src/cli/node/io.ts'
import type { FigureResult } from '../../../src/papers/figure.ts'
import { Lab } from '../../../src/papers/lab.ts'
import { hitRates } from '../../../src/papers/offload/hit-rates.ts'
import { EXACT_POLICIES, HIT_RATES } from '../../../src/papers/offload/published.ts'
import { generateRouting } from '../../../src/trace/synth/generator.ts'
import { oracleHits, sumOf } from '../../helpers/cache-oracle.ts'
import { memoryIo } from '../../helpers/memory-io.ts'
import { hooks } from '../tiny-lab.ts'

const LAYERS = 26
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'moesim-offload-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A trace of so many tokens as a cache study writes it; returns its path and its uses in their order. */
function written(tokens: number): { path: string; uses: number[] } {
  const layers = Array.from({ length: LAYERS }, (_, layer) => layer)
  const spec = { skew: 1.2, reuse: 0.3, topics: 1, requests: 1, prefillTokens: 0, decodeTokens: tokens }
  const { layerExperts } = generateRouting(memoryIo(), spec, { experts: 256, topK: 8, layers }, 5)
  const tables = layers.map((layer) => layerExperts(layer))
  const rows = Array.from({ length: tokens }, (_, token) =>
    tables.map((table) => [...table.subarray(8 * token, 8 * token + 8)]),
  )
  const path = join(folder, `${tokens}.jsonl`)
  writeFileSync(path, rows.map((ids, tok) => `${JSON.stringify({ tok, layers: ids })}\n`).join(''))
  return { path, uses: rows.flatMap((row) => row.flatMap((ids, layer) => ids.map((id) => 256 * layer + id))) }
}

const run = (trace?: string) => hitRates.run(new Lab(nodeIo, { isQuick: true, seed: 1, trace }, hooks))
const rowOf = ({ rows }: FigureResult, id: string) => rows.find((row) => row.id === id)!

describe('on a recorded trace', () => {
  test('has the exact rates by their definitions, each judged to its last digit', async () => {
    const { path, uses } = written(300)
    const result = await run(path)
    for (const { slots, exact } of HIT_RATES.slice(0, 1)) {
      for (const policy of EXACT_POLICIES) {
        const row = rowOf(result, `hit-rates-${policy}-${slots}`)
        const rate = sumOf(oracleHits(uses, { policy, slots })) / uses.length
        expect(row.ours.value).toBe(rate)
        const distance = Math.abs(rate - exact[policy])
        const verdict = distance < 0.00051 ? 'pass' : distance <= 0.005 ? 'partly' : 'fail'
        expect(row.judgement?.verdict).toBe(verdict)
      }
    }
  })

  test('is refused where it has other tokens than those that were published', async () => {
    await expect(run(written(20).path)).rejects.toThrow(
      'are of 300 tokens in 26 layers, and the trace has 20 in 26',
    )
  })
})

describe('on generated routing', () => {
  let result: FigureResult
  beforeAll(async () => {
    result = await run()
  })

  test('nothing is judged, and each rate is near the one that routing was fitted to', () => {
    expect(result.rows.map(({ judgement }) => judgement)).toEqual(Array(21).fill(null))
    const deviations = HIT_RATES.flatMap(({ slots, exact }) =>
      EXACT_POLICIES.map((policy) =>
        Math.abs(rowOf(result, `hit-rates-${policy}-${slots}`).ours.value - exact[policy]),
      ),
    )
    expect(deviations.reduce((a, b) => a + b) / deviations.length).toBeLessThan(0.02)
  })

  test('says which measured rates no cache could have on the tokens of the trace, and why the count is none', () => {
    const above = result.rows.filter(({ reason }) => reason.startsWith('above'))
    expect(above.map(({ id }) => id)).toEqual(['hit-rates-engine-1610', 'hit-rates-engine-3221'])
    expect(rowOf(result, 'hit-rates-engine-all').ours.value).toBeLessThan(0.942)
    const [table] = result.tables
    for (const row of table!.rows) expect(row[2]).toBeCloseTo(2.65e6, -5)
    expect(result.notes.join()).not.toMatch(/undefined|NaN/)
  })
})

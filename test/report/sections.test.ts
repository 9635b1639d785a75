// Tables that appear where a result has something for them: parts of a forward pass; energy, area and power.
import { describe, expect, test } from 'vitest'
import { headline } from '../../src/report/headline.ts'
import { sections } from '../../src/report/sections.ts'
import type { Metrics, RunResult } from '../../src/sim/result.ts'
import { sampleResult } from '../helpers/results.ts'

/** The sample with further metrics for its two schedulers and further facts about its experiment. */
function resultWith(metrics: readonly [Metrics, Metrics], facts: object = {}): RunResult {
  return {
    ...sampleResult,
    experiment: { ...(sampleResult.experiment as object), ...facts },
    results: sampleResult.results.map((result, i) => ({
      ...result,
      metrics: { ...result.metrics, ...metrics[i] },
    })),
  }
}
const ps = (value: number) => ({ value, unit: 'ps' })
const titles = (result: RunResult) => sections(result).map(({ title }) => title)
const found = (result: RunResult, title: string) =>
  sections(result).find((section) => section.title === title)

const SAMPLE_HARDWARE = (sampleResult.experiment as { hardware: object }).hardware

describe('the parts of a forward pass', () => {
  test('have a table with a column for each part that any scheduler reports', () => {
    const result = resultWith([
      { latencyMoe: ps(3e9), latencyAttention: ps(2e9), latencyRouter: ps(4e6) },
      {
        latencyMoe: ps(2e9),
        latencyAttention: ps(2e9),
        latencyRouter: ps(4e6),
        deferrals: { value: 1234, unit: 'count' },
        tokensPerIteration: { value: 61, unit: 'token' },
      },
    ])
    const table = found(result, 'end to end: latency by part')
    expect(table?.columns.map(({ header }) => header.replace('\n', ' '))).toEqual([
      'scheduler',
      'latency MoE',
      'latency attention',
      'latency router',
      'tokens per iteration',
      'deferrals',
    ])
    expect(table?.rows).toEqual([
      ['ep', '3.00 ms', '2.00 ms', '4.00 us', '-', '-'],
      ['fse-dp:paired=true,slots=4', '2.00 ms', '2.00 ms', '4.00 us', '61', '1,234'],
    ])
  })

  test('stand behind the speedup; without them there is no such table', () => {
    expect(titles(resultWith([{ latencyMoe: ps(1) }, {}]))).toEqual([
      'speedup over ep',
      'end to end: latency by part',
      'memory: peak SRAM',
      'memory: traffic',
    ])
    expect(titles(sampleResult)).toEqual(['speedup over ep', 'memory: peak SRAM', 'memory: traffic'])
  })

  test('are announced with the context, and requests at a time with the workload', () => {
    const facts = headline(
      resultWith([{}, {}], {
        endToEnd: { contextTokens: 2048 },
        workload: { kind: 'tokens', tokens: 64, iterations: 2, concurrent: 8 },
      }),
    )
    expect(facts).toContainEqual({ label: 'context', text: '2,048 tokens per request: whole forward passes' })
    expect(facts).toContainEqual({
      label: 'workload',
      text: '2 iterations of 64 tokens from 8 requests at a time',
    })
  })
})

describe('energy, area and power', () => {
  const energy = { value: 0.337, unit: 'J' }
  const area = { value: 12.6, unit: 'mm2' }

  test('share a table whose title says where their constants come from', () => {
    const derived = { basis: 'derived' }
    const hardware = { ...SAMPLE_HARDWARE, energy: derived, area: derived, power: derived }
    const result = resultWith([{ energy, dieArea: area }, { energy }], { hardware })
    const table = found(result, 'energy, area and power from derived constants')
    expect(table?.columns.map(({ header }) => header)).toEqual(['scheduler', 'energy', 'die area [mm2]'])
    expect(table?.rows).toEqual([
      ['ep', '337 mJ', '12.6'],
      ['fse-dp:paired=true,slots=4', '337 mJ', '-'],
    ])
  })

  test('are told apart where their constants come from different places', () => {
    const hardware = { ...SAMPLE_HARDWARE, energy: { basis: 'assumed' }, power: { basis: 'published' } }
    const result = resultWith([{ energy }, { energy }], { hardware })
    expect(titles(result)).toContain('energy from assumed, power from published constants')
  })
})

// What `trace info` prints: exact text for a trace of tokens and one of counts, and the same as data.
import { Chalk } from 'chalk'
import { expect, test } from 'vitest'
import { traceInfoFormats } from '../../../src/report/trace/info.ts'
import type { TraceSummary } from '../../../src/trace/summary.ts'

const chalk = new Chalk({ level: 0 })
const TOKENS: TraceSummary = {
  gives: 'tokens',
  formats: { 'research-jsonl': 1200, csv: 1 },
  model: { model: 'llama', experts: 128, topK: 1, moeLayers: [1, 3, 5, 7, 9, 11, 13, 15, 17, 19] },
  layers: [1, 3, 5, 7, 9, 11, 13, 15, 17, 19],
  requests: 1201,
  tokens: { prefill: 12_345, decode: 5 },
  phases: 'assumed',
  source: { format: 'vllm-npy', name: 'W0.npy' },
  sha256: 'ab'.repeat(32),
  leftOut: [1, 2, 3, 4].map((n) => ({ path: `d/${n}.npy`, why: 'an array beside other traces' })),
  warnings: ['something odd'],
}

test('a trace of tokens', () => {
  expect(traceInfoFormats.table('some/trace', TOKENS, chalk)).toBe(
    [
      'trace      some/trace',
      `---------  ${'-'.repeat(64)}`,
      'format     research-jsonl (1,200 files), csv (1 file)',
      'gives      tokens',
      'model      llama (128 experts, top-1)',
      'layers     10 MoE layers (1, 3, 5, ... 19)',
      'requests   1,201',
      'tokens     12,350 (12,345 prefill, 5 decode)',
      'phases     not recorded: all tokens of a request count alike',
      'made from  W0.npy (vllm-npy)',
      `sha256     ${'ab'.repeat(32)}`,
      'left out   1.npy, 2.npy, 3.npy, ... (4 files): an array beside other traces',
      'warning    something odd',
      '',
    ].join('\n'),
  )
})

test('a trace of counts', () => {
  const counts: TraceSummary = {
    gives: 'histograms',
    formats: { 'sglang-counts': 1 },
    model: { model: 'v3', experts: 256, topK: 8, moeLayers: [3, 4] },
    layers: [3, 4],
    selections: { unknown: 16_000 },
    sha256: 'cd',
    leftOut: [],
    warnings: [],
  }
  const table = traceInfoFormats.table('c.json', counts, chalk)
  expect(table).toContain('gives       histograms only, no tokens\n')
  expect(table).toContain('layers      2 MoE layers (3-4)\n')
  expect(table).toContain('selections  16,000 (phase not recorded)\n')
  expect(table).not.toContain('tokens  ')
})

test('as data, everything under its name', () => {
  const json = traceInfoFormats.json('some/trace', TOKENS)
  expect(json.endsWith('}\n')).toBe(true)
  expect(JSON.parse(json)).toEqual({ schemaVersion: 1, trace: 'some/trace', ...TOKENS })
})

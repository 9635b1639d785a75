// Recorded traces of real models, where they are at hand.
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { nodeIo } from '../../src/cli/node/io.ts'
import { UserError } from '../../src/errors.ts'
import { openHistograms, openTrace, readTrace } from '../../src/trace/open.ts'
import { warningsOfTrace } from '../../src/trace/summary.ts'
import { countedLayer, countedShares } from '../../src/trace/synth/counted-routing.ts'

const TRACES = process.env.MOESIM_TRACES ?? '../shared/traces'
const range = (first: number, last: number, step = 1) =>
  Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => first + i * step)

function skipWithout(folder: string, skip: (note: string) => void): string {
  const path = `${TRACES}/${folder}`
  if (!existsSync(path)) skip(`no ${path}: set MOESIM_TRACES to a folder that has it`)
  return path
}

const CASES = [
  {
    folder: 'llama4-maverick-mmlu',
    model: { model: 'llama4-maverick', experts: 128, topK: 1, moeLayers: range(1, 47, 2) },
    expected: { requests: 91, prefill: 2168, decode: 11342, layers: 24, first: 'abstract_algebra/0' },
  },
  {
    folder: 'gpt-oss-20b',
    model: { model: 'gpt-oss-20b', experts: 32, topK: 4, moeLayers: range(0, 23) },
    expected: { requests: 52, prefill: 0, decode: 24501, layers: 24, first: '27960' },
  },
  {
    folder: 'flame-moe-290m',
    model: { model: 'flame-moe-290m', experts: 64, topK: 6, moeLayers: range(2, 9) },
    expected: { requests: 5, prefill: 1280, decode: 0, layers: 8, first: 'lane0' },
  },
  {
    folder: 'deepseek-v2-lite-puffin',
    model: { model: 'deepseek-v2-lite', experts: 64, topK: 6, moeLayers: range(1, 26) },
    expected: { requests: 139, prefill: 7691, decode: 0, layers: 26, first: 'prompt_1_data' },
  },
  {
    folder: 'mixtral-8x7b-vllm',
    model: { model: 'mixtral-8x7b', experts: 8, topK: 2, moeLayers: range(0, 31) },
    expected: { requests: 3, prefill: 16353, decode: 541, layers: 32, first: 'R0-arithmetic-short' },
  },
]

describe.each(CASES)('$folder', ({ folder, model, expected }) => {
  it('reads with its requests, tokens and layers', async ({ skip }) => {
    const trace = await readTrace(nodeIo, skipWithout(folder, skip), model)
    if (trace.gives !== 'tokens') throw new Error('histograms')
    const { source } = trace
    const prefill = source.requests.reduce((sum, { prefillTokens }) => sum + prefillTokens, 0)
    const tokens = source.requests.reduce((sum, request) => sum + request.tokens, 0)
    expect({
      requests: source.requests.length,
      prefill,
      decode: tokens - prefill,
      layers: source.layers.length,
      first: source.requests[0]!.id,
    }).toEqual(expected)
    expect(source.layerExperts(source.layers[0]!)).toHaveLength(tokens * model.topK)
    expect(warningsOfTrace(trace, model)).toEqual([])
  })
})

it('llama4-maverick-mmlu has in layer 45 the load skew that was measured independently', async ({ skip }) => {
  const source = await openTrace(nodeIo, skipWithout('llama4-maverick-mmlu', skip), CASES[0]!.model)
  const ids = source.layerExperts(45)
  // STATS.md: maximum over mean of the experts' counts 127.79, which is nearly all tokens on expert 40.
  expect((ids.filter((id) => id === 40).length * 128) / ids.length).toBeCloseTo(127.79, 2)
})

it('mixtral-8x7b-fp8-ragged is refused, naming file, request and layer with both counts', async ({
  skip,
}) => {
  const path = skipWithout('mixtral-8x7b-fp8-ragged', skip)
  const error = await openTrace(nodeIo, path, CASES.at(-1)!.model).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(UserError)
  const [first] = (error as UserError).diagnostics
  expect(first).toMatchObject({ code: 'trace', file: `${path}/humaneval_2_routing.jsonl` })
  expect((error as UserError).message).toContain(
    'ragged: request "humaneval/0" has 82 tokens in layer 11 and 83 in layer 0',
  )
})

describe('mixtral-8x7b-vllm as the arrays it was recorded in', () => {
  const MIXTRAL = { ...CASES.at(-1)!.model, layers: 32 }

  it('is the routing of the converted JSONL', async ({ skip }) => {
    const folder = skipWithout('mixtral-8x7b-vllm', skip)
    for (const name of ['W0-arithmetic', 'R0-arithmetic-short']) {
      const array = await openTrace(nodeIo, `${folder}/npy/${name}.npy`, MIXTRAL)
      const lines = await openTrace(nodeIo, `${folder}/${name}.jsonl`, MIXTRAL)
      expect(array.sha256).toBe(lines.sha256)
      expect(array.requests).toEqual(lines.requests)
    }
  })

  it('is read instead of the JSONL when it is asked for', async ({ skip }) => {
    const folder = skipWithout('mixtral-8x7b-vllm', skip)
    const { requests } = await openTrace(nodeIo, folder, MIXTRAL, () => {}, 'vllm-npy')
    expect(requests.map(({ prefillTokens, tokens }) => [prefillTokens, tokens])).toEqual([
      [27, 58],
      [512, 1791],
      [111, 366],
    ])
  })
})

it('deepseek-v3-sglang-stats gives the histograms that its recorder counted', async ({ skip }) => {
  const path = `${skipWithout('deepseek-v3-sglang-stats', skip)}/prefill_in1024.json`
  const model = { model: 'deepseek-v3', experts: 256, topK: 8, moeLayers: range(3, 60), layers: 61 }
  const histograms = await openHistograms(nodeIo, path, model)
  expect(histograms.layers).toEqual(range(3, 60))
  // PROVENANCE.md: 8,388,608 tokens, 8 selections each, in every MoE layer.
  for (const layer of histograms.layers) {
    expect(histograms.counts(layer, 'unknown').reduce((a, b) => a + b)).toBe(67_108_864)
  }
  await expect(openTrace(nodeIo, path, model)).rejects.toThrow('histograms only (sglang-counts)')
})

it('deepseek-v3-sglang-stats drives the generator: experts get their counted shares under the group limit', async ({
  skip,
}) => {
  const path = `${skipWithout('deepseek-v3-sglang-stats', skip)}/decode_in1000out1000.json`
  const model = { model: 'deepseek-v3', experts: 256, topK: 8, moeLayers: range(3, 60), layers: 61 }
  const histograms = await openHistograms(nodeIo, path, model)
  const shares = countedShares(histograms, 8)
  const shape = { experts: 256, topK: 8, layers: [], router: { groups: 8, groupsPerToken: 4 } }
  const spec = { reuse: 0, requests: 10, prefillTokens: 1000, decodeTokens: 1000 }
  const ids = countedLayer(shares, spec, shape, 1, 45)
  const found = new Float64Array(256)
  for (const id of ids) found[id]!++
  const wanted = shares.get(45)!
  const misplaced = found.reduce((off, n, e) => off + Math.abs((8 * n) / ids.length - wanted[e]!) / 16, 0)
  // Chance alone misplaces 1.5 % of 160,000 selections; weights that do not know of the groups would misplace 13 %.
  expect(misplaced).toBeLessThan(0.025)
})

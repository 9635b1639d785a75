// Presets have the published statistics of the models that they are named after.
import { describe, expect, it } from 'vitest'
import { loadModel } from '../../../src/config/model/model.ts'
import { hotOverlap } from '../../../src/trace/statistics/phases.ts'
import { maxOverMean } from '../../../src/trace/statistics/skew.ts'
import { countsOf, TokenRows } from '../../../src/trace/statistics/token-rows.ts'
import { conditionalMass, successorCounts } from '../../../src/trace/statistics/transitions.ts'
import { generateRouting } from '../../../src/trace/synth/generator.ts'
import { PRESET_LENGTHS, PRESETS } from '../../../src/trace/synth/presets.ts'
import { bundledIo } from '../../config/bundled-io.ts'

/** Selections made per layer: enough for every row of a map of pairs to be filled. */
const SELECTIONS = 400_000
/** Pairs of adjacent layers, spread over the depth. */
const PAIRS = 3

/** arXiv 2510.05497, S1 and S2: share of probability on the top 20 % candidates. */
const PUBLISHED = [
  { model: 'deepseek-v3', nextLayer: 0.5, nextToken: 0.47 },
  { model: 'qwen3-235b-a22b', nextLayer: 0.65, nextToken: 0.62 },
  { model: 'llama-4-maverick', nextLayer: 0.77, nextToken: 0.8 },
  { model: 'kimi-k2', nextLayer: 0.56, nextToken: 0.53 },
]

async function made(name: string) {
  const { experts, topK, moeLayers, router } = await loadModel(bundledIo(), name)
  const tokens = PRESET_LENGTHS.prefillTokens + PRESET_LENGTHS.decodeTokens
  const requests = Math.round(SELECTIONS / (topK * tokens))
  const spec = { ...PRESETS[name]!, ...PRESET_LENGTHS, requests }
  const shape = { experts, topK, layers: moeLayers, router }
  const source = generateRouting(bundledIo(), spec, shape, 1)
  return { source, shape, rows: new TokenRows(source.requests) }
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

describe.each(PUBLISHED)('preset $model', ({ model, nextLayer, nextToken }) => {
  it(`puts ${100 * nextLayer} and ${100 * nextToken} % on the top fifth of the next layer and token, within 3 points`, async () => {
    const { source, shape, rows } = await made(model)
    const { experts, layers } = shape
    const found = Array.from({ length: PAIRS }, (_, i) => {
      const place = Math.floor(((i + 0.5) * (layers.length - 1)) / PAIRS)
      const [here, next] = [source.layerExperts(layers[place]!), source.layerExperts(layers[place + 1]!)]
      const followed = rows.followed('all')
      const after = followed.map((row) => row + 1)
      const mass = (to: Uint16Array, from: Int32Array, of: Int32Array) =>
        conditionalMass(successorCounts({ ...shape, from: here, to }, from, of), experts)!.allRows
      return { layer: mass(next, rows.all, rows.all), token: mass(here, followed, after) }
    })
    expect(Math.abs(mean(found.map(({ layer }) => layer)) - nextLayer)).toBeLessThan(0.03)
    expect(Math.abs(mean(found.map(({ token }) => token)) - nextToken)).toBeLessThan(0.03)
  })
})

it('the preset of Qwen3 has its hot sets of prefill in decode: 60, 75 and 90 % of the top 5, within 15 %', async () => {
  const { source, shape, rows } = await made('qwen3-235b-a22b')
  const counts = [5, 15, 25, 35, 45, 55, 65, 75, 85].map((layer) => {
    const table = source.layerExperts(layer)
    return { prefill: countsOf(table, rows.prefill, shape), decode: countsOf(table, rows.decode, shape) }
  })
  for (const [hot, published] of [
    [5, 0.6],
    [10, 0.75],
    [20, 0.9],
  ] as const) {
    const found = mean(counts.map((of) => hotOverlap(of, hot, 5)!))
    expect(Math.abs(found / published - 1), `${hot} to 5: ${found}`).toBeLessThan(0.15)
  }
})

it('the preset of Llama 4 loads the hottest expert of layer 7 with 16 times the mean, within 15 %', async () => {
  const { source, shape, rows } = await made('llama-4-maverick')
  const found = maxOverMean(countsOf(source.layerExperts(7), rows.all, shape))!
  expect(Math.abs(found / 16 - 1)).toBeLessThan(0.15)
})

it('every preset is of a bundled model and makes routing', async () => {
  for (const name of Object.keys(PRESETS)) {
    const { experts, topK, moeLayers, router } = await loadModel(bundledIo(), name)
    const spec = { ...PRESETS[name]!, ...PRESET_LENGTHS, requests: 1 }
    const source = generateRouting(bundledIo(), spec, { experts, topK, layers: moeLayers, router }, 1)
    expect(source.layerExperts(moeLayers[0]!)).toHaveLength(187 * topK)
  }
})

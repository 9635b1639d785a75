// The routing of the four models of "Patterns behind Chaos" has the statistics that the paper measured on the real ones.
import { describe, expect, it } from 'vitest'
import { loadModel } from '../../../src/config/model/model.ts'
import type { ModelShape } from '../../../src/model/shape.ts'
import { generateRouting } from '../../../src/trace/synth/generator.ts'
import { bundledIo } from '../../config/bundled-io.ts'

/** Prompt and answer of a request in the paper's evaluation (forecasting sheet 1.2 and 6.7). */
const PROMPT = 60
const ANSWER = 127
const TOKENS = PROMPT + ANSWER
/** Selections made per layer: enough for every row of the pair map to be filled. */
const SELECTIONS = 400_000
const LAYERS = 6

interface Target {
  readonly model: string
  /** S2: share of the next token's experts that lies in the top fifth of candidates (sheet 1.4). */
  readonly nextTokenMass: number
  /** S6 of a decode step: most over mean tokens of an expert, of the check that the sheet made (1.6). */
  readonly stepSkew: number
}

const targets: readonly Target[] = [
  { model: 'deepseek-v3', nextTokenMass: 0.47, stepSkew: 5.5 },
  { model: 'kimi-k2', nextTokenMass: 0.53, stepSkew: 5.6 },
  { model: 'qwen3-235b-a22b', nextTokenMass: 0.62, stepSkew: 6.3 },
  { model: 'llama-4-maverick', nextTokenMass: 0.8, stepSkew: 8.8 },
]

/** Some of a model's layers, spread over its depth: [token][slot] of whole requests. */
function generatedLayers(model: ModelShape): Uint16Array[] {
  const { experts, topK, moeLayers, router, routing } = model
  const requests = Math.round(SELECTIONS / (topK * TOKENS))
  const spec = { ...routing, topics: 4, requests, prefillTokens: PROMPT, decodeTokens: ANSWER }
  const source = generateRouting(bundledIo(), spec, { experts, topK, layers: moeLayers, router }, 1)
  return Array.from({ length: LAYERS }, (_, i) =>
    source.layerExperts(moeLayers[Math.floor((i * moeLayers.length) / LAYERS)]!),
  )
}

/** S2 of one layer: mass of each row's largest fifth, rows weighted by how often their expert was chosen. */
function nextTokenMass(ids: Uint16Array, { experts, topK }: ModelShape): number {
  const pairs = new Float64Array(experts * experts)
  const chosen = new Float64Array(experts)
  for (const id of ids) chosen[id] = chosen[id]! + 1
  for (let token = 0; token + 1 < ids.length / topK; token++) {
    if ((token + 1) % TOKENS === 0) continue
    for (const i of ids.subarray(token * topK, (token + 1) * topK)) {
      for (const j of ids.subarray((token + 1) * topK, (token + 2) * topK)) {
        pairs[i * experts + j] = pairs[i * experts + j]! + 1
      }
    }
  }
  let mass = 0
  let weight = 0
  for (let expert = 0; expert < experts; expert++) {
    const row = pairs.subarray(expert * experts, (expert + 1) * experts).toSorted((a, b) => b - a)
    const sum = total(row)
    if (sum === 0) continue
    mass += (chosen[expert]! * total(row.subarray(0, Math.ceil(0.2 * experts)))) / sum
    weight += chosen[expert]!
  }
  return mass / weight
}

/** S6 of one decode step: most over mean tokens of an expert. */
function stepSkew(ids: Uint16Array, { experts, topK }: ModelShape): number {
  const tokens = new Float64Array(experts)
  const requests = ids.length / topK / TOKENS
  for (let request = 0; request < requests; request++) {
    const from = (request * TOKENS + PROMPT + Math.floor(ANSWER / 2)) * topK
    for (const id of ids.subarray(from, from + topK)) tokens[id] = tokens[id]! + 1
  }
  return (Math.max(...tokens) * experts) / total(tokens)
}

const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0)
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

const layersOf = new Map<string, Promise<{ model: ModelShape; layers: Uint16Array[] }>>()

/** A bundled model and some of its generated layers, made once. */
function generated(name: string) {
  const made = async () => {
    const model = await loadModel(bundledIo(), name)
    return { model, layers: generatedLayers(model) }
  }
  const found = layersOf.get(name) ?? made()
  layersOf.set(name, found)
  return found
}

describe.each(targets)('$model', ({ model: name, nextTokenMass: published, stepSkew: checked }) => {
  it(`has ${100 * published} % of the next token's experts in the top fifth, within 3 points`, async () => {
    const { model, layers } = await generated(name)
    expect(Math.abs(mean(layers.map((ids) => nextTokenMass(ids, model))) - published)).toBeLessThan(0.03)
  })

  it(`gives the busiest expert of a decode step about ${checked} times the mean, within a factor of 2`, async () => {
    const { model, layers } = await generated(name)
    const ratio = mean(layers.map((ids) => stepSkew(ids, model))) / checked
    expect(ratio).toBeGreaterThan(0.5)
    expect(ratio).toBeLessThan(2)
  })
})

it('a limit of 4 groups in 8 moves the mass of the next token by less than a point and a half', async () => {
  const { model, layers } = await generated('deepseek-v3')
  expect(model.router).toEqual({ groups: 8, groupsPerToken: 4 })
  const { router: _router, ...free } = model
  const massOf = (all: Uint16Array[]) => mean(all.map((ids) => nextTokenMass(ids, model)))
  expect(Math.abs(massOf(layers) - massOf(generatedLayers(free)))).toBeLessThan(0.015)
})

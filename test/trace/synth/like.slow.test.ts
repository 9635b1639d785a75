// Fitted knobs reproduce the statistics of recorded traces, where the recordings are at hand.
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { nodeIo } from '../../../src/cli/node/io.ts'
import { loadModel } from '../../../src/config/model/model.ts'
import { expectationOf } from '../../../src/trace/expectation.ts'
import { openTrace } from '../../../src/trace/open.ts'
import type { RoutingSource } from '../../../src/trace/source.ts'
import { analyzeTokens } from '../../../src/trace/statistics/analyze.ts'
import { generateRouting } from '../../../src/trace/synth/generator.ts'
import { knobsLike } from '../../../src/trace/synth/like.ts'
import { type LayerTargets, targetsOf } from '../../../src/trace/synth/targets.ts'
import { memoryIo } from '../../helpers/memory-io.ts'

const TRACES = process.env.MOESIM_TRACES ?? '../shared/traces'
/** Neighbouring layers from the middle of each trace, unless said otherwise: all of them take minutes. */
const LAYERS = 4
/** Of another seed than the fit used. */
const SEED = 11

const CASES = [
  { folder: 'llama4-maverick-mmlu', model: 'llama-4-maverick' },
  { folder: 'deepseek-v2-lite-puffin', model: 'deepseek-v2-lite' },
  { folder: 'gpt-oss-20b', model: 'gpt-oss-20b', count: 12 },
  { folder: 'mixtral-8x7b-vllm', model: 'mixtral-8x7b' },
  { folder: 'flame-moe-290m', model: 'flame-moe-290m', count: 8 },
]

function meanOf(layers: readonly LayerTargets[], of: keyof LayerTargets): number | undefined {
  const found = layers.flatMap((layer) => layer[of] ?? [])
  return found.length === 0 ? undefined : found.reduce((a, b) => a + b) / found.length
}

async function statisticsOf(source: RoutingSource, layers: readonly number[], model: string) {
  const expectation = expectationOf(await loadModel(nodeIo, model))
  return analyzeTokens(source, { model: expectation, layers, phases: 'recorded', seed: 0 })
}

describe.each(CASES)('synthetic routing like $folder', ({ folder, model, count = LAYERS }) => {
  it('has its skew, reuse, predictability, phase correlation and hot pairs within 10 % or 0.03', async ({
    skip,
  }) => {
    const path = `${TRACES}/${folder}`
    if (!existsSync(path)) skip(`no ${path}: set MOESIM_TRACES to a folder that has it`)
    const whole = await openTrace(nodeIo, path, expectationOf(await loadModel(nodeIo, model)))
    const first = Math.floor((whole.layers.length - count) / 2)
    const layers = whole.layers.slice(first, first + count)
    const real: RoutingSource = { ...whole, layers, layerExperts: (layer) => whole.layerExperts(layer) }
    const statistics = await statisticsOf(real, layers, model)
    const { spec, shape } = await knobsLike(statistics, real, undefined, async () => {})
    const synthetic = generateRouting(memoryIo(), spec, shape, SEED)
    const wanted = targetsOf(statistics)
    const found = targetsOf(await statisticsOf(synthetic, layers, model))
    const misses = (['cv', 'reuse', 'coverage', 'phaseSpearman', 'pairShare'] as const).flatMap((of) => {
      const [was, is] = [meanOf(wanted, of), meanOf(found, of)]
      if (was === undefined || is === undefined) return []
      const isNear = Math.abs(is - was) <= Math.max(0.03, 0.1 * Math.abs(was))
      return isNear ? [] : [`${of} ${is.toFixed(3)} instead of ${was.toFixed(3)}`]
    })
    expect(misses).toEqual([])
  })
})

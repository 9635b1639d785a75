// Speed of generated routing, and of one layer of the forecasting paper's Figure 12: `npm run bench`.
//
// Figure 12 is 24 cases with 236 MoE layers in six settings: 1416 (case, layer) pairs, so 45 minutes on two cores leave
// 3.8 s for each, averaged over batches of 4096, 8192 and 16,384 requests.

import { bench, describe } from 'vitest'
import { idealizedLikePaper, loadHardware } from '../../src/config/hardware/hardware.ts'
import { loadModel } from '../../src/config/model/model.ts'
import { packageOf } from '../../src/hardware/package.ts'
import { buildWorkload } from '../../src/run/workload.ts'
import { resolveScheduler } from '../../src/schedulers/table.ts'
import { seatTokens } from '../../src/sim/batch.ts'
import { simulateLayer } from '../../src/sim/layer.ts'
import { generateRouting } from '../../src/trace/synth/generator.ts'
import { bundledIo } from '../config/bundled-io.ts'

const PROMPT = 60
const ANSWER = 127
const MODELS = ['deepseek-v3', 'kimi-k2', 'llama-4-maverick', 'qwen3-235b-a22b']
const SCHEMES = ['round-robin', 'ep', 'pred-only', 'allo-only', 'allo-pred']

async function generatorOf(modelName: string, requests: number) {
  const model = await loadModel(bundledIo(), modelName)
  const { experts, topK, moeLayers, router, routing } = model
  const spec = { ...routing, topics: 4, requests, prefillTokens: PROMPT, decodeTokens: ANSWER }
  return {
    model,
    source: generateRouting(bundledIo(), spec, { experts, topK, layers: moeLayers, router }, 1),
  }
}

describe('generator: operations per second are millions of selections per second', async () => {
  for (const name of MODELS) {
    const { topK } = await loadModel(bundledIo(), name)
    const { model, source } = await generatorOf(name, Math.round(1e6 / (topK * (PROMPT + ANSWER))))
    const limits = model.router ? `, ${model.router.groupsPerToken} of ${model.router.groups} groups` : ''
    bench(`${name}: top-${topK} of ${model.experts}${limits}`, () => {
      source.layerExperts(model.moeLayers[0]!)
    })
  }
})

const EVERY_KNOB = {
  ...{
    classes: 16,
    affinity: 1.5,
    focus: 0.3,
    persistence: 0.2,
    coactivation: 0.2,
    drift: 0.4,
    lengthSpread: 0.5,
  },
}

describe('generator with every knob on: operations per second are millions of selections per second', async () => {
  for (const name of MODELS) {
    const { experts, topK, moeLayers, router, routing } = await loadModel(bundledIo(), name)
    const requests = Math.round(1e6 / (topK * (PROMPT + ANSWER)))
    const lengths = { prefillTokens: PROMPT, decodeTokens: ANSWER }
    const spec = { ...routing, topics: 4, requests, ...lengths, structure: EVERY_KNOB }
    const source = generateRouting(bundledIo(), spec, { experts, topK, layers: moeLayers, router }, 1)
    bench(`${name}: top-${topK} of ${experts}`, () => {
      source.layerExperts(moeLayers[0]!)
    })
  }
})

describe('Figure 12: one layer, prefill and 127 steps, all five schemes', async () => {
  for (const [name, requests] of [
    ['deepseek-v3', 4096],
    ['qwen3-235b-a22b', 16_384],
  ] as const) {
    const { model, source } = await generatorOf(name, requests)
    const hardware = idealizedLikePaper(await loadHardware(bundledIo(), 'tsmc-sow-3x8', [], model))
    const pkg = packageOf({ hardware, model, compat: 'paper' })
    const workload = buildWorkload({ kind: 'requests', requests, decodeSteps: ANSWER }, 'paper', source)
    const { iterations } = workload
    const restingDie = seatTokens(pkg.topology, iterations, workload.spread)
    const schemes = SCHEMES.map(
      (scheme) => resolveScheduler({ name: scheme, options: {} }, 'paper').resolved!,
    )
    const layer = model.moeLayers[10]!
    bench(
      `${name} on tsmc-sow-3x8, ${requests} requests`,
      async () => {
        await simulateLayer({ pkg, routing: source, layer, iterations, restingDie }, schemes)
      },
      { iterations: 1, warmupIterations: 0, time: 0, warmupTime: 0 },
    )
  }
})

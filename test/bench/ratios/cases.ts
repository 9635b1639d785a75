// What `npm run bench` holds against the last release: one piece of work for each part that may become slow.
import { loadHardware } from '../../../src/config/hardware/hardware.ts'
import { loadModel } from '../../../src/config/model/model.ts'
import { EventLoop } from '../../../src/engine/loop.ts'
import { buildFabric } from '../../../src/hardware/fabrics.ts'
import { packageOf } from '../../../src/hardware/package.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { buildWorkload } from '../../../src/run/workload.ts'
import { splitSchedulerText } from '../../../src/schedulers/options.ts'
import { resolveScheduler } from '../../../src/schedulers/table.ts'
import { seatTokens } from '../../../src/sim/batch.ts'
import { simulateLayer } from '../../../src/sim/layer.ts'
import { planSweep } from '../../../src/sweep/points.ts'
import { analyzeTokens } from '../../../src/trace/statistics/analyze.ts'
import { generateRouting } from '../../../src/trace/synth/generator.ts'
import { bundledIo } from '../../config/bundled-io.ts'

export interface BenchCase {
  readonly name: string
  /** What is timed, again and again. */
  prepare(): Promise<() => unknown>
}

const PROMPT = 60
const ANSWER = 127

async function generated(modelName: string, requests: number) {
  const model = await loadModel(bundledIo(), modelName)
  const { experts, topK, moeLayers: layers, router, routing } = model
  const spec = { ...routing, topics: 4, requests, prefillTokens: PROMPT, decodeTokens: ANSWER }
  return { model, source: generateRouting(bundledIo(), spec, { experts, topK, layers, router }, 1) }
}

/** On the machine of fse-dp-2x2, of so many dies each way. */
const layerOf = (scheduler: string, tokens = 256, side = 2): BenchCase => ({
  name: `${scheduler}, a layer of Qwen3-30B-A3B, ${tokens} tokens, ${side}x${side} dies`,
  async prepare() {
    const { model, source } = await generated('qwen3-30b-a3b', Math.ceil(tokens / (PROMPT + ANSWER)) + 6)
    const ways = ['columns', 'rows']
    const sets = ways.map((way) => ({ path: ['topology', way], value: side, label: '', written: `${side}` }))
    const hardware = await loadHardware(bundledIo(), 'fse-dp-2x2', sets, model)
    const pkg = packageOf({ hardware, model, compat: 'physical' })
    const workload = buildWorkload({ kind: 'tokens', tokens, iterations: 1 }, 'physical', source)
    const { iterations } = workload
    const restingDie = seatTokens(pkg.topology, iterations, workload.spread)
    const { resolved } = resolveScheduler(splitSchedulerText(scheduler)!, 'physical')
    const setting = { pkg, routing: source, layer: model.moeLayers[0]!, iterations, restingDie }
    return () => simulateLayer(setting, [resolved!])
  },
})

const exchange = (sharing: 'routers' | 'fair', bytes: number): BenchCase => ({
  name: `all-to-all of ${bytes / 1024} KiB per pair on 5x5 dies, ${sharing}`,
  async prepare() {
    const topology = buildTopology({ kind: 'mesh', columns: 5, rows: 5, numbering: 'row-major' })
    const link = {
      bytesPerPs: 0.032,
      latencyPs: 1000,
      efficiency: 1,
      duplex: 'full',
      requestBytes: 0,
    } as const
    return () => {
      const loop = new EventLoop()
      const fabric = buildFabric({ ...link, sharing }, topology, loop)
      for (let shift = 1; shift < topology.dies; shift++) {
        for (let from = 0; from < topology.dies; from++) {
          const route = topology.route(from, (from + shift) % topology.dies)
          fabric.send({ route, bytes, onSent: () => undefined, onArrived: () => undefined })
        }
      }
      loop.run()
    }
  },
})

const generator = (modelName: string): BenchCase => ({
  name: `a layer of generated routing, 300,000 selections, ${modelName}`,
  async prepare() {
    const { topK } = await loadModel(bundledIo(), modelName)
    const { model, source } = await generated(modelName, Math.round(3e5 / (topK * (PROMPT + ANSWER))))
    return () => source.layerExperts(model.moeLayers[0]!)
  },
})

const SWEEP = {
  file: 'demo',
  sets: ['layers=[0]'],
  axes: ['hardware.link.bandwidth={from: 32 GB/s, to: 320 GB/s, count: 16}', 'workload.tokens=16,32,64,128'],
}

export const CASES: readonly BenchCase[] = [
  layerOf('ep'),
  layerOf('fse-dp'),
  layerOf('fse-dp', 2304, 12),
  layerOf('adaptive'),
  exchange('routers', 2 ** 16),
  exchange('fair', 2 ** 20),
  generator('deepseek-v3'),
  generator('qwen3-235b-a22b'),
  { name: 'a sweep of 64 points planned', prepare: async () => () => planSweep(bundledIo(), SWEEP) },
  {
    name: 'trace analyze, 50,000 selections, top-8 of 256',
    async prepare() {
      const moeLayers = Array.from({ length: 10 }, (_, layer) => layer)
      const lengths = { requests: 4, prefillTokens: 80, decodeTokens: 80 }
      const spec = { skew: 1, reuse: 0.2, topics: 5, ...lengths }
      const source = generateRouting(bundledIo(), spec, { experts: 256, topK: 8, layers: moeLayers }, 1)
      const model = { model: 'bench', topK: 8, moeLayers }
      return () => analyzeTokens(source, { model, phases: 'recorded', seed: 0 })
    },
  },
]

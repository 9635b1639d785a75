// CPU time of what is promised to stay under a limit: planning under adaptive, and the optimum of a layer.
import { loadHardware } from '../../../src/config/hardware/hardware.ts'
import { loadModel } from '../../../src/config/model/model.ts'
import { packageOf } from '../../../src/hardware/package.ts'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import type { ModelShape } from '../../../src/model/shape.ts'
import { Optima } from '../../../src/optimum/optimum.ts'
import { loadSolver } from '../../../src/optimum/solver.ts'
import { addScheduler, schedulers } from '../../../src/schedulers/table.ts'
import { bundledIo } from '../../config/bundled-io.ts'
import { runWorks, worksOf } from '../../schedulers/stories.ts'
import { cpuUs } from './measure.ts'

interface Promised {
  readonly name: string
  /** Absent: only shown. */
  readonly limitMs?: number
  /** CPU time of equal pieces of work, the first one included. */
  measureMs(): Promise<number[]>
}

const US_PER_MS = 1000
const RUNS = 12
/** 256 tokens, 8 of 128 experts each. */
const STORY = { experts: 128, topK: 8, requests: 64, prefill: 4, decode: 0, skew: 1, seed: 1 }

export const PROMISES: readonly Promised[] = [
  {
    name: 'adaptive plans a layer of 128 experts, 256 tokens, 5x5 dies',
    limitMs: 50,
    measureMs: async () => (await adaptiveMs()).plansMs,
  },
  {
    name: 'adaptive lays their weights out, once for a run',
    measureMs: async () => (await adaptiveMs()).layoutsMs,
  },
  optimumOf(5, 1000),
  optimumOf(8, 10_000),
]

interface AdaptiveMs {
  readonly layoutsMs: number[]
  readonly plansMs: number[]
}

let measured: AdaptiveMs | undefined

async function adaptiveMs(): Promise<AdaptiveMs> {
  if (measured !== undefined) return measured
  const { hardware, model, works } = await layerOn(5)
  measured = { layoutsMs: [], plansMs: [] }
  addScheduler('timed', timedAdaptive(measured))
  // A layout is kept for a run, and other hardware is another run.
  for (let run = 0; run < RUNS; run++) runWorks('timed', { ...hardware }, model, works)
  return measured
}

function timedAdaptive({ layoutsMs, plansMs }: AdaptiveMs) {
  const adaptive = schedulers.adaptive!
  return {
    ...adaptive,
    create: (...given: Parameters<typeof adaptive.create>) => {
      const begun = process.cpuUsage()
      const scheduler = adaptive.create(...given)
      layoutsMs.push(msSince(begun))
      const startLayer = scheduler.startLayer.bind(scheduler)
      scheduler.startLayer = (machine) => {
        const start = process.cpuUsage()
        startLayer(machine)
        plansMs.push(msSince(start))
      }
      return scheduler
    },
  }
}

function msSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start)
  return (user + system) / US_PER_MS
}

/** With experts where they lie, one after the other, and anywhere. */
function optimumOf(side: number, limitMs: number): Promised {
  return {
    name: `the optimum of a layer of 128 experts, 256 tokens, ${side}x${side} dies`,
    limitMs,
    async measureMs() {
      const { hardware, model, works } = await layerOn(side)
      const pkg = packageOf({ hardware, model, compat: 'physical' })
      const { dies } = pkg.topology
      const held = {
        slices: 1,
        inMemory: (expert: number, die: number) => Number(expert % dies === die),
        onDie: () => 0,
        isAnyOnDies: false,
      }
      const solve = await loadSolver()
      const spentMs: number[] = []
      for (let run = 0; run < 2; run++) {
        spentMs.push((await cpuUs(() => new Optima(pkg, solve).find(works[0]!, held))) / US_PER_MS)
      }
      return spentMs
    },
  }
}

async function layerOn(side: number) {
  const model: ModelShape = await loadModel(bundledIo(), 'qwen3-30b-a3b')
  const wafer: HardwareSpec = await loadHardware(bundledIo(), 'dojo-5x5', [], model)
  const dies = side * side
  const hardware: HardwareSpec = {
    ...wafer,
    topology: { kind: 'mesh', columns: side, rows: side, numbering: 'row-major' },
    memory: { ...wafer.memory, channelDies: Array.from({ length: dies }, (_, die) => die) },
  }
  const { topology } = packageOf({ hardware, model, compat: 'physical' })
  return { hardware, model, works: worksOf(STORY, topology) }
}

// Fig. 17, measured: decode time of the expert linear layers under each placement, and how uneven the default one is.
import { buildTopology } from '../../hardware/topology.ts'
import { rooflineCost } from '../../schedulers/placements/cost.ts'
import { contiguous } from '../../schedulers/placements/homes.ts'
import type { Lab, Measured, Point } from '../lab.ts'
import { metric } from '../measured.ts'

export const CONFIG = 'forecasting-fig17-placement'
export const DEFAULT = 'ep'
export const WORST = 'ep:placement=oracle-worst'
export const BEST = 'ep:placement=oracle-best'
export const REMAP = 'ep:placement=prefill-remap'
export const DUP = 'ep:placement=prefill-dup'
export const BALANCED = 'ep:placement=balanced'
export const PLACED = [WORST, BEST, REMAP, DUP, BALANCED] as const
const BATCHES = [4096, 8192, 16384, 24576] as const

export interface Batch {
  readonly batch: number
  readonly point: Point
  readonly measured: Measured
  /** Busiest GPU over the idlest one under the default placement, over the decode steps of one layer, by roofline times. */
  readonly imbalance: number
  /** Share of its experts and steps where weights take longer to read than their tokens to compute. */
  readonly memoryBound: number
}

/** Gain over the default placement: decode time of the linear layers. */
export function gain({ measured }: Pick<Batch, 'measured'>, id: string): number {
  return metric(measured, DEFAULT, 'latencyDecode') / metric(measured, id, 'latencyDecode')
}

/** `knobs`: `--set` texts that change the generator; `mostLayers`: as `--layers` takes it, where all layers would be simulated. */
export async function measureBatches(
  lab: Lab,
  knobs: readonly string[] = [],
  mostLayers = 'all',
): Promise<Batch[]> {
  const { prompt, steps, layers } = lab.pick(
    { prompt: 60, steps: 32, layers: mostLayers },
    { prompt: 8, steps: 8, layers: 'sample:2' },
  )
  const load = (batch: number, layersOf: string) => {
    const flags = { requests: `${batch}`, decodeSteps: `${steps}`, layers: layersOf }
    return lab.load(CONFIG, {
      flags,
      sets: [`generator.prefill_tokens=${prompt}`, `generator.decode_tokens=${steps}`, ...knobs],
    })
  }
  const points: Point[] = []
  for (const batch of BATCHES) points.push(await load(batch, layers))
  const measured = await lab.measure(points)
  const batches: Batch[] = []
  for (const [i, batch] of BATCHES.entries()) {
    const loads = await loadsOf(lab, await load(batch, 'sample:1'))
    batches.push({ batch, point: points[i]!, measured: measured[i]!, ...loads })
  }
  return batches
}

/** How unevenly the default placement loads the GPUs in decode steps, by roofline times of what the experts got. */
async function loadsOf(lab: Lab, point: Point): Promise<Pick<Batch, 'imbalance' | 'memoryBound'>> {
  const { hardware, model } = point.experiment
  const topology = buildTopology(hardware.topology)
  const home = contiguous(model.experts, topology, 'paper')
  const cost = rooflineCost({ hardware, model })
  // The first iteration is that of the prompts.
  const steps = (await lab.tokenCounts(point)).slice(1)
  const gpuPs = new Float64Array(topology.dies)
  let active = 0
  let memoryBound = 0
  for (const counts of steps) {
    counts.forEach((tokens, expert) => {
      gpuPs[home[expert]!] = gpuPs[home[expert]!]! + cost(tokens)
      if (tokens > 0) active++
      if (tokens > 0 && cost(tokens) === cost(1)) memoryBound++
    })
  }
  // A GPU to which nobody comes counts as if one token did.
  const idlestPs = Math.max(cost(1), Math.min(...gpuPs))
  return { imbalance: Math.max(...gpuPs) / idlestPs, memoryBound: memoryBound / active }
}

// A request served with a part of the experts on the GPUs: how its time follows from what was simulated of it.
import { invariant } from '../../errors.ts'
import { MemoryTiming } from '../../hardware/memory.ts'
import { expertBytes } from '../../model/shape.ts'
import type { Lab, Measured, Point } from '../lab.ts'
import { metric } from '../measured.ts'
import type { PlacementName } from './published.ts'

export const CONFIG = 'offload-ktransformers'
/** ShareGPT's mean answer (arXiv 2309.06180), of which the first steps are simulated. */
const ANSWER_TOKENS = 338
const PS_PER_S = 1e12

export interface Served {
  readonly share: number
  readonly placement: PlacementName
  readonly point: Point
  readonly id: string
  /** Of the whole model. */
  readonly promptPs: number
  readonly answerPs: number
  /** Experts that are copied to their places after the prompt, over all layers. */
  readonly copies: number
  /** What each takes. */
  readonly copyPs: number
  readonly hitRate: number
}

/** Answer tokens over the time of the whole request, in token/s. */
export function throughput({ promptPs, answerPs, copies, copyPs }: Served): number {
  return (ANSWER_TOKENS * PS_PER_S) / (promptPs + answerPs + copies * copyPs)
}

/** A request for each placement with this part of the experts on the GPUs. */
export async function serve(
  lab: Lab,
  share: number,
  placements: readonly PlacementName[],
): Promise<Served[]> {
  const extent = lab.pick({ layers: 8, steps: 96 }, { layers: 4, steps: 48 })
  const flags = { layers: `sample:${extent.layers}`, decodeSteps: `${extent.steps}` }
  const { experiment } = await lab.load(CONFIG, { flags })
  const schedulers = placements.map((placement) => schedulerOf(placement, share, experiment, extent.layers))
  const point = await lab.load(CONFIG, { flags: { ...flags, schedulers } })
  const [measured] = await lab.measure([point])
  return placements.map((placement, i) => {
    const { id } = point.experiment.schedulers[i]!
    return { share, placement, point, id, ...timesOf(measured!, id, point, { ...extent, placement, share }) }
  })
}

interface Extent {
  readonly layers: number
  readonly steps: number
  readonly placement: PlacementName
  readonly share: number
}

function timesOf(measured: Measured, id: string, { experiment }: Point, extent: Extent) {
  const { model, hardware } = experiment
  const tier = hardware.memory.tiers?.at(-1)
  invariant(tier !== undefined, () => `${hardware.name} has no tiers`)
  const scale = model.moeLayers.length / extent.layers
  const isUpdated = extent.placement === 'dynamic' && extent.share < 1
  return {
    promptPs: scale * metric(measured, id, 'latencyPrefill'),
    answerPs: (scale * metric(measured, id, 'latencyDecode') * ANSWER_TOKENS) / extent.steps,
    copies: isUpdated ? keptOfLayer(extent.share, model.experts) * model.moeLayers.length : 0,
    // Read and written in the memory of the GPUs; to start a copy takes as long as to start one from the host.
    copyPs: tier.startupPs + 2 * new MemoryTiming(hardware.memory).meanTransferPs(expertBytes(model)),
    hitRate: metric(measured, id, 'cacheHitRate'),
  }
}

/** A cache holds one expert at least. */
const keptOfLayer = (share: number, experts: number) => Math.max(1, Math.floor(share * experts))

/** KTransformers spreads `random` and `frequency` over all layers; the others have as many in each. */
function schedulerOf(
  placement: PlacementName,
  share: number,
  { model }: Point['experiment'],
  sampledLayers: number,
): string {
  const isPool = placement === 'random' || placement === 'frequency'
  const layers = isPool ? sampledLayers : model.moeLayers.length
  const bytes = keptOfLayer(share, model.experts) * layers * expertBytes(model)
  const profiles = { random: 'random', uniform: 'random', frequency: 'past', dynamic: 'prompt' }
  const options = [
    ...['cache=static', 'cache-start=warm', 'miss=compute', `cache-bytes=${bytes}`],
    ...(isPool ? [] : ['cache-scope=layer']),
    `cache-profile=${profiles[placement]}`,
  ]
  return `ep:${options.join(',')}`
}

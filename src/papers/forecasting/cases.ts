// The cases of Fig. 12: every model on both wafers with three batches, and how the schemes compare in each.
import type { WorkloadSpec } from '../../config/experiment/experiment.ts'
import { invariant } from '../../errors.ts'
import { estimateFrom } from '../../run/statistics.ts'
import type { SchedulerResult } from '../../sim/result.ts'
import type { Lab, Measured, Point } from '../lab.ts'
import { mean, metric } from '../measured.ts'
import type { Estimated } from './common.ts'

export const CONFIG = 'forecasting-fig12-throughput'
export const MODELS = ['deepseek-v3', 'kimi-k2', 'llama-4-maverick', 'qwen3-235b-a22b'] as const
export const MESHES = ['dojo-5x5', 'tsmc-sow-3x8'] as const
const BATCHES = [4096, 8192, 16384] as const

export const BASE = 'round-robin'
export const EP = 'ep'
export const PRED = 'pred-only'
export const ALLO = 'allo-only'
export const BOTH = 'allo-pred'
/** The schemes that the paper compares with its Base. */
export const SCHEMES = [PRED, ALLO, BOTH] as const

export interface CaseName {
  readonly model: string
  readonly mesh: string
  readonly batch: number
}

export interface Case extends CaseName {
  readonly point: Point
  readonly measured: Measured
}

/** What a quick call leaves of the paper's cases and layers. */
interface Extent {
  readonly cases: readonly CaseName[]
  /** As `--layers` takes it. */
  readonly layers: string
}

export const ALL_CASES: readonly CaseName[] = MODELS.flatMap((model) =>
  MESHES.flatMap((mesh) => BATCHES.map((batch) => ({ model, mesh, batch }))),
)

const FULL: Extent = { cases: ALL_CASES, layers: 'all' }
const QUICK: Extent = { cases: ALL_CASES.filter(({ batch }) => batch !== 8192), layers: 'sample:1' }

/** The cases of a call, simulated once in it whichever figures ask. */
export async function measureCases(lab: Lab): Promise<Case[]> {
  const { cases, layers } = lab.pick(FULL, QUICK)
  const points: Point[] = []
  for (const { model, mesh, batch } of cases) {
    points.push(await lab.load(CONFIG, { flags: { hardware: mesh, model, requests: `${batch}`, layers } }))
  }
  const measured = await lab.measure(points)
  return cases.map((name, i) => ({ ...name, point: points[i]!, measured: measured[i]! }))
}

/** What a call simulates of the paper's cases. */
export function extentNote(lab: Lab): string {
  const common = '60 prompt tokens and 127 decode steps a request; routing generated, one seed'
  return lab.pick(
    `all 24 cases, all MoE layers; ${common}`,
    `QUICK: one layer of each model instead of all, batches of 4096 and 16384 without 8192; ${common}`,
  )
}

/** Decode throughput of `id` over that of `over`. */
export function decodeGain(one: Case, id: string, over: string = BASE): Estimated {
  return ratio(one, 'latencyDecode', over, id)
}

/** Hops of the baseline over those of `id`, prompts included; a scheme without a hop counts as with one. */
export function hopReduction(one: Case, id: string): Estimated {
  return ratio(one, 'hops', BASE, id)
}

/** A metric of one scheduler over that of another one. */
function ratio({ measured, point }: Case, name: string, numerator: string, denominator: string): Estimated {
  const [above, below] = [measured.get(numerator)!, measured.get(denominator)!]
  const of = ({ metrics }: Pick<SchedulerResult, 'metrics'>) => Math.max(1, metrics[name]!.value)
  const perLayer = above.layers.map((layer, i) => of(layer) / of(below.layers[i]!))
  const { ci95 } = estimateFrom(perLayer, point.experiment.model.moeLayers.length)
  return { value: of(above) / of(below), ci95 }
}

/** Mean over cases. */
export function meanOver(cases: readonly Case[], of: (one: Case) => Estimated): Estimated {
  return { value: mean(cases.map((one) => of(one).value)) }
}

/** A case as texts name it, such as `qwen3-235b-a22b, dojo-5x5, 4096`. */
export const nameOf = ({ model, mesh, batch }: CaseName) => `${model}, ${mesh}, ${batch}`

/** Decode steps of a workload that states them. */
export function decodeSteps(workload: WorkloadSpec): number {
  invariant(
    workload.kind === 'requests' && workload.decodeSteps !== 'all',
    'a case has requests in lock step and a number of decode steps',
  )
  return workload.decodeSteps
}

/** Mean time of a layer in a decode step, in ps. */
export function stepPs({ measured, point }: Pick<Case, 'measured' | 'point'>, id: string): number {
  const layers = measured.get(id)!.layers.length
  return metric(measured, id, 'latencyDecode') / (decodeSteps(point.experiment.workload) * layers)
}

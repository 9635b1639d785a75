// What a sweep will take, before it runs: simulations, and their cost by the model that jobs are laid out with.
import type { Experiment } from '../config/experiment/experiment.ts'
import { UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { costUsOf, planExperiment } from '../run/plan.ts'
import { RoutingCache } from '../run/routing.ts'
import type { RunHooks } from '../run/run-many.ts'
import type { SweepPoint } from './points.ts'

export interface SweepEstimate {
  /** Layers simulated, each counted once for every seed and scheduler. */
  readonly simulations: number
  /** Of each point, by the cost model, on one thread: ascending. */
  readonly costsUs: Float64Array
  /** Points whose work cannot be laid out, such as for want of tokens in the trace. */
  readonly refused: number
  /** A few points from the cheapest to the dearest, to measure how fast this machine is. */
  readonly samples: readonly Sample[]
}

interface Sample {
  readonly experiment: Experiment
  /** By the cost model, on one thread. */
  readonly costUs: number
}

/** How long a sample takes in truth. */
export interface Measured extends Pick<Sample, 'costUs'> {
  readonly us: number
}

const SAMPLES = 5

/** Opens traces; simulates nothing. Throws UserError where a trace is broken. */
export async function estimateSweep(
  io: Io,
  points: readonly SweepPoint[],
  onTraceRead: RunHooks['onTraceRead'],
): Promise<SweepEstimate> {
  const routings = new RoutingCache(io, onTraceRead)
  let [simulations, refused] = [0, 0]
  const costs: Sample[] = []
  for (const [index, { experiment }] of points.entries()) {
    const routing = await routings.open(experiment)
    try {
      const plan = planExperiment(experiment, index, routing)
      simulations += plan.simulations
      costs.push({ experiment, costUs: costUsOf(plan) })
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      refused++
    }
    await io.interruption.checkpoint()
  }
  const ascending = costs.sort((a, b) => a.costUs - b.costUs)
  const last = ascending.length - 1
  const places = Array.from({ length: SAMPLES }, (_, i) => Math.round((i * last) / (SAMPLES - 1)))
  const samples = [...new Set(places)].flatMap((place) => ascending[place] ?? [])
  return { simulations, costsUs: Float64Array.from(ascending, ({ costUs }) => costUs), refused, samples }
}

/**
 * Time that points take together on one thread, in microseconds: between two that were measured in proportion, as what each
 * point costs beside its simulation counts for the small ones; beyond the dearest as much slower than the cost model as that one.
 * `measured`: ascending by cost.
 */
export function expectedUs(costsUs: Float64Array, measured: readonly Measured[]): number {
  if (measured.length === 0) return costsUs.reduce((sum, costUs) => sum + costUs, 0)
  let above = 0
  return costsUs.reduce((sum, costUs) => {
    while (above < measured.length && measured[above]!.costUs < costUs) above++
    const [left, right] = [measured[above - 1], measured[above]]
    if (left === undefined) return sum + right!.us
    if (right === undefined) return sum + left.us * (costUs / left.costUs)
    const share = (costUs - left.costUs) / (right.costUs - left.costUs)
    return sum + left.us + share * (right.us - left.us)
  }, 0)
}

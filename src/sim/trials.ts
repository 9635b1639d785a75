// An oracle that knows how each of several ways would end: all are simulated, and the one that ends first is what it did.
import { schedulers } from '../schedulers/table.ts'
import type { WatchedScheduler } from './layer.ts'
import type { Totals } from './metrics/totals.ts'

/** Simulates some schedulers through the same layers: the totals of each layer, by scheduler. */
type Simulate = (watched: readonly WatchedScheduler[]) => Promise<Totals[][]>

/**
 * Totals of each layer, by scheduler in the order given: of one that makes trials (see SchedulerDefinition.trials) those of its
 * fastest trial, of equals the first.
 */
export async function simulateWithTrials(
  watched: readonly WatchedScheduler[],
  simulate: Simulate,
): Promise<Totals[][]> {
  const others = await simulate(watched.filter((one) => trialsOf(one) === undefined))
  const results: Totals[][] = []
  for (const one of watched) {
    const trials = trialsOf(one)
    results.push(trials === undefined ? others.shift()! : await fastest(one, trials, simulate))
  }
  return results
}

async function fastest(
  one: WatchedScheduler,
  trials: readonly WatchedScheduler[],
  simulate: Simulate,
): Promise<Totals[]> {
  const results = await simulate(trials)
  const took = results.map((layers) => layers.reduce((sum, { latencyPs }) => sum + latencyPs, 0))
  const best = took.indexOf(Math.min(...took))
  if (one.probe === undefined) return results[best]!
  const [observed] = await simulate([{ ...trials[best]!, probe: one.probe }])
  return observed!
}

/** Nobody looks on while they are made. */
function trialsOf({ scheduler, options }: WatchedScheduler): WatchedScheduler[] | undefined {
  return schedulers[scheduler]!.trials?.(options)?.map((values) => ({ scheduler, options: values }))
}

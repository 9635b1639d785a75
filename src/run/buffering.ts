// Token buffering of an experiment: a plan for each scheduler that asks for it.
import type { Experiment, SchedulerChoice } from '../config/experiment/experiment.ts'
import { fail } from '../errors.ts'
import type { Package } from '../hardware/package.ts'
import { bufferingOf } from '../schedulers/table.ts'
import { planDeferrals } from '../sim/deferral/deferral.ts'
import type { DeferralPlan } from '../sim/deferral/plan.ts'
import type { LayerRouting, RoutingSource } from '../trace/source.ts'
import { describeLayers } from './layers.ts'
import type { Workload } from './workload.ts'

/** Refuses to walk requests through a part of the layers. Throws UserError. */
export function assertBufferingHasAllLayers(
  { schedulers, model }: Experiment,
  layers: readonly number[],
  source: RoutingSource,
): void {
  const pausing = schedulers.find(({ scheduler, options }) => bufferingOf(scheduler, options) !== undefined)
  if (pausing === undefined || layers.length === model.moeLayers.length) return
  const what = `${pausing.id} pauses requests on their way through all ${model.moeLayers.length} MoE layers of ${model.name}, and ${describeLayers(layers)} are simulated`
  const hint = 'simulate all layers, or leave token buffering out'
  fail('conflict', { what, hint }, { file: source.label })
}

/** By scheduler id; schedulers without token buffering have none. */
export function deferralPlans(
  schedulers: readonly SchedulerChoice[],
  pkg: Package,
  { iterations, spread }: Workload,
  layers: readonly number[],
  routing: LayerRouting,
): ReadonlyMap<string, DeferralPlan> {
  const setting = { pkg, spread, layers, routing, iterations }
  const made = new Map<string, DeferralPlan>()
  const plans = new Map<string, DeferralPlan>()
  for (const { id, scheduler, options } of schedulers) {
    const buffering = bufferingOf(scheduler, options)
    if (buffering === undefined) continue
    // Schedulers that pause alike have one plan.
    const key = JSON.stringify(buffering)
    const plan = made.get(key) ?? planDeferrals(setting, buffering)
    made.set(key, plan)
    plans.set(id, plan)
  }
  return plans
}

// Options that were asked for and that an experiment leaves without effect: each is told with the reason.
import type { Experiment } from '../config/experiment/experiment.ts'
import { type Diagnostic, finding } from '../errors.ts'
import { packageOf } from '../hardware/package.ts'
import type { RunOutline } from '../schedulers/scheduler.ts'
import { askedOptions, schedulers } from '../schedulers/table.ts'
import type { Iteration } from '../sim/iteration.ts'
import type { RoutingSource } from '../trace/source.ts'

/** `layers`: MoE layers that are simulated, ascending. */
export function idleOptions(
  experiment: Experiment,
  iterations: readonly Iteration[],
  routing: Pick<RoutingSource, 'requests' | 'layers'>,
  layers: readonly number[],
): Diagnostic[] {
  const asking = experiment.schedulers.filter((choice) => askedOptions(choice, experiment.compat).length > 0)
  if (asking.length === 0) return []
  const run = outlineOf(experiment, iterations, routing, layers)
  return asking.flatMap((choice) => {
    const asked = askedOptions(choice, experiment.compat)
    const idle = schedulers[choice.scheduler]!.idle?.(choice.options, run) ?? []
    return idle.flatMap(({ names, why }) => {
      const given = asked
        .filter((name) => names.includes(name))
        .map((name) => `${name}=${choice.options[name]}`)
      if (given.length === 0) return []
      const what = `${choice.id}: ${why}, so ${given.join(' and ')} ${given.length > 1 ? 'change' : 'changes'} nothing`
      return [finding('conflict', { what }, { severity: 'warning' })]
    })
  })
}

function outlineOf(
  experiment: Experiment,
  iterations: readonly Iteration[],
  routing: Pick<RoutingSource, 'requests' | 'layers'>,
  layers: readonly number[],
): RunOutline {
  const taken = new Set(iterations.flatMap((iteration) => [...new Set(iteration.requests)]))
  return {
    ...packageOf(experiment),
    iterations: iterations.map(({ phase, rows }) => ({ phase, tokens: rows.length })),
    leavesRequests: taken.size < routing.requests.length,
    hasLayerBefore: layers.at(-1) !== routing.layers[0],
  }
}

// Schedulers whose layers are simulated in a row, since they read ahead or share a cache: which they are, and whether their
// layers follow one another.
import type { Experiment, SchedulerChoice } from '../config/experiment/experiment.ts'
import { fail } from '../errors.ts'
import { schedulers } from '../schedulers/table.ts'
import type { RoutingSource } from '../trace/source.ts'
import { describeLayers } from './layers.ts'

/** Whether the layers of a scheduler are simulated together, in a row. */
export function runsInRow({ scheduler, options }: Pick<SchedulerChoice, 'scheduler' | 'options'>): boolean {
  const definition = schedulers[scheduler]
  return definition?.readsAhead?.(options) === true || definition?.sharesCache?.(options) === true
}

function readsAhead({ scheduler, options }: Pick<SchedulerChoice, 'scheduler' | 'options'>): boolean {
  return schedulers[scheduler]?.readsAhead?.(options) === true
}

/** Refuses to hand weights over between MoE layers that others lie between. Throws UserError. */
export function assertLayersFollow(
  experiment: Experiment,
  layers: readonly number[],
  source: Pick<RoutingSource, 'label'>,
): void {
  const choice = experiment.schedulers.find(readsAhead)
  if (choice === undefined) return
  const { moeLayers, name } = experiment.model
  const first = moeLayers.indexOf(layers[0]!)
  const isRow = layers.every((layer, at) => layer === moeLayers[first + at])
  // A sample that happens to be a row with one seed would not be one with the next.
  const isSample = experiment.layers.kind === 'sample' && layers.length < moeLayers.length
  if (isRow && layers.length > 1 && !isSample) return
  const which = describeLayers(layers)
  const many = `layers ${which} are ${isSample ? 'a sample' : 'not MoE layers in a row'}`
  const found = layers.length > 1 ? many : `layer ${which} is the only one simulated`
  fail(
    'conflict',
    {
      what: `${choice.id} reads weights for the next MoE layer of ${name}, and ${found}`,
      hint: `simulate all layers, or some that follow one another: layers: [${moeLayers.slice(0, 4).join(', ')}]`,
    },
    { file: source.label },
  )
}

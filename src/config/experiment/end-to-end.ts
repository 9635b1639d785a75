// What an end-to-end run needs of the model, and token buffering of the experiment.
import { type Diagnostic, finding } from '../../errors.ts'
import { denseLayers, type ModelShape } from '../../model/shape.ts'
import { bufferingOf } from '../../schedulers/table.ts'
import type { Reporter } from '../validate.ts'
import type { LayerSelection, SchedulerChoice, WorkloadSpec } from './experiment.ts'
import type { ExperimentFile } from './schema.ts'

/** Reports keys that the model's file leaves out and whole forward passes need. */
export function checkEndToEnd(model: ModelShape, report: Reporter): void {
  const { unmodelled } = model
  const missing = (key: string, example: string) => {
    const lacks = key === 'attention' && unmodelled !== undefined ? ` (the model has ${unmodelled})` : ''
    const hint = `end_to_end needs it, such as ${example}${lacks}`
    report.at('missing-key', ['end_to_end'], { key, within: `model ${model.name}`, hint }, 'key')
  }
  if (model.attention === undefined)
    missing('attention', 'attention: {kind: gqa, heads: 32, kv_heads: 4, head_dim: 128}')
  const [dense] = denseLayers(model)
  if (dense !== undefined && model.denseIntermediate === undefined)
    missing('dense_intermediate', `dense_intermediate: 10944, as layer ${dense} has no routed experts`)
}

/** Warns of what an end-to-end run leaves out. */
export function unmodelledParts(model: ModelShape): Diagnostic[] {
  if (model.unmodelled === undefined) return []
  const what = `${model.name} has ${model.unmodelled}, which an end-to-end run leaves out`
  const hint = 'attention is as its keys say, over the whole context'
  return [finding('conflict', { what, hint }, { severity: 'warning' })]
}

/** Token buffering pauses requests on their way through all layers: it needs that way to be simulated. */
export function checkBuffering(
  schedulers: readonly SchedulerChoice[],
  fields: Partial<ExperimentFile>,
  layers: LayerSelection,
  report: Reporter,
): void {
  const choice = schedulers.find(({ scheduler, options }) => bufferingOf(scheduler, options) !== undefined)
  if (choice === undefined) return
  if (fields.end_to_end === undefined) {
    const what = `${choice.id} pauses requests between the layers of a forward pass, and none is simulated`
    const hint = 'add end_to_end: {context: ...}, or leave token buffering out'
    report.at('conflict', ['schedulers'], { what, hint })
  } else if (layers.kind === 'sample') {
    const what = `${choice.id} pauses requests on their way through all layers, and ${layers.count} are simulated`
    const hint = 'use layers: all; a model with fewer layers is made with --set model.layers=...'
    report.at('conflict', ['layers'], { what, hint })
  }
}

/** Warns of token buffering that no request can make use of: none lives long enough to earn a credit and spend it. */
export function idleBuffering(schedulers: readonly SchedulerChoice[], workload: WorkloadSpec): Diagnostic[] {
  const passes = mostPasses(workload)
  return schedulers.flatMap(({ id, scheduler, options }) => {
    const buffering = bufferingOf(scheduler, options)
    if (buffering === undefined || buffering.unit === 'pair') return []
    if (passes > buffering.forwardsPerCredit) return []
    const what = `${id} pauses no request: it takes ${buffering.forwardsPerCredit} forward passes to earn a pause, and a request has ${passes} at most`
    const hint = 'run more iterations, or raise the percentage'
    return [finding('conflict', { what, hint }, { severity: 'warning' })]
  })
}

/** Forward passes of one request, at most. */
function mostPasses(workload: WorkloadSpec): number {
  if (workload.kind === 'tokens') return workload.iterations
  return workload.decodeSteps === 'all' ? Infinity : 1 + workload.decodeSteps
}

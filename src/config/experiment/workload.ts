// Workload and layer selection of an experiment file.
import type { ModelShape } from '../../model/shape.ts'
import type { Reporter } from '../validate.ts'
import type { LayerSelection, WorkloadSpec } from './experiment.ts'
import type { ExperimentFile } from './schema.ts'

/** `seed`: the experiment's, with which requests are drawn again where that is asked for. */
export function workloadSpec(workload: ExperimentFile['workload'], seed: number): WorkloadSpec {
  if ('tokens' in workload) return { kind: 'tokens', ...workload }
  const { requests, decode_steps: decodeSteps, resample } = workload
  return { kind: 'requests', requests, decodeSteps, ...(resample === true && { resampleSeed: seed }) }
}

export function layerSelection(layers: ExperimentFile['layers']): LayerSelection {
  if (layers === 'all') return { kind: 'all' }
  if (typeof layers === 'string') return { kind: 'sample', count: Number(layers.slice('sample:'.length)) }
  return { kind: 'list', layers: [...new Set(layers)].sort((a, b) => a - b) }
}

/** Reports layers that the model has no experts in. */
export function checkLayers(layers: LayerSelection, model: ModelShape, report: Reporter): void {
  const has = `the MoE layers of ${model.name} are ${rangeText(model.moeLayers)}`
  const stranger =
    layers.kind === 'list' ? layers.layers.find((layer) => !model.moeLayers.includes(layer)) : undefined
  if (stranger !== undefined)
    report.at('conflict', ['layers'], { what: `layer ${stranger} is not an MoE layer`, hint: has })
  if (layers.kind === 'sample' && layers.count > model.moeLayers.length) {
    report.at('conflict', ['layers'], { what: `a sample of ${layers.count} layers`, hint: has })
  }
}

const rangeText = (ids: readonly number[]) => {
  const isRange = ids.every((id, i) => id === ids[0]! + i)
  return isRange ? `${ids[0]} to ${ids.at(-1)}` : ids.join(', ')
}

// Which model layer each place of an array's layer axis is.
import { layerList, type TraceExpectation } from '../../expectation.ts'
import type { Findings } from '../../findings.ts'

/**
 * Recorders keep a place for every transformer layer or for the MoE layers alone. Returns per place the model layer,
 * undefined for a dense one, whose content says nothing. Throws UserError where the axis is of neither length.
 */
export function layersOfAxis(
  length: number,
  expectation: TraceExpectation,
  findings: Findings,
): readonly (number | undefined)[] {
  const { model, moeLayers, layers } = expectation
  if (length === moeLayers.length) return moeLayers
  if (length === layers) {
    const moe = new Set(moeLayers)
    return Array.from({ length }, (_, layer) => (moe.has(layer) ? layer : undefined))
  }
  const all = layers === undefined || layers === moeLayers.length ? '' : ` of ${layers} layers`
  return findings.stopConflict(
    `the array has ${length} layers, model ${model} has ${moeLayers.length} MoE layers${all} (${layerList(moeLayers)})`,
    'pass the model that the trace was recorded with',
  )
}

// Reader of the SGLang recorder's histograms as JSON, the form that its --init-expert-location takes.
import { count, shown } from '../expectation.ts'
import type { Findings } from '../findings.ts'
import { layersOfAxis } from './arrays/layers.ts'
import { asObject, type HistogramReader } from './format.ts'
import { parseDocument } from './json-document.ts'

/**
 * `{"logical_count": number[layers][experts]}`, or with a first axis of recorded steps, which are added up. Numbers may be
 * fractions. Layers are all transformer layers; dense ones hold zeros. Which phase was recorded is not said.
 */
export const sglangCounts: HistogramReader = {
  recognises: (head) =>
    /^\s*\{/.test(head.text) && /"(logical_count|physical_to_logical_map)"\s*:/.test(head.text),
  async count(file, builder) {
    const { findings } = file
    const document = asObject(await parseDocument(file, findings))
    if (document === undefined) return 'not-a-trace'
    if (!Object.hasOwn(document, 'logical_count')) {
      if (!Object.hasOwn(document, 'physical_to_logical_map')) return 'not-a-trace'
      findings.stop('physical_to_logical_map is a placement of experts, not how often they were chosen')
    }
    const table = stepsOf(document.logical_count, findings)
    const { model, experts } = builder.expectation
    const layers = layersOfAxis(table[0]!.length, builder.expectation, findings)
    const counts = new Map<number, Float64Array>()
    for (const layer of layers) if (layer !== undefined) counts.set(layer, new Float64Array(experts))
    for (const [step, rows] of table.entries()) {
      const at = table.length === 1 ? '' : `step ${step}, `
      if (rows.length !== layers.length) {
        findings.stop(`ragged: ${at}${count(rows.length, 'layer')}, step 0 has ${layers.length}`)
      }
      for (const [place, row] of rows.entries()) {
        const layer = layers[place]
        const where = `${at}layer ${layer ?? place}`
        const values = checkedRow(row, experts, `${where}: `, model, findings)
        const sums = layer === undefined ? undefined : counts.get(layer)!
        if (sums === undefined && values.some((value) => value !== 0)) {
          findings.stopConflict(`${where} has selections and is a dense layer of model ${model}`, RIGHT_MODEL)
        }
        if (sums !== undefined) for (const [expert, value] of values.entries()) sums[expert]! += value
      }
    }
    builder.add({ phase: 'unknown', counts }, findings)
    return 'read'
  },
}

const RIGHT_MODEL = 'pass the model that the trace was recorded with'

/** The table as [step][layer][expert], the last two not yet checked. */
function stepsOf(table: unknown, findings: Findings): readonly (readonly unknown[])[] {
  const rows = listOf(table, 'logical_count', findings)
  const isPerStep = rows.every((row) => Array.isArray(row) && row.length > 0 && row.every(Array.isArray))
  return isPerStep ? (rows as unknown[][]) : [rows]
}

function listOf(value: unknown, what: string, findings: Findings): readonly unknown[] {
  if (Array.isArray(value) && value.length > 0) return value
  return findings.stop(`${what} must be a list with content, got ${shown(value)}`)
}

function checkedRow(
  row: unknown,
  experts: number,
  where: string,
  model: string,
  findings: Findings,
): readonly number[] {
  if (!Array.isArray(row)) return findings.stop(`${where}counts must be a list, got ${shown(row)}`)
  if (row.length !== experts) {
    findings.stopConflict(
      `${where}${count(row.length, 'expert')}, model ${model} has ${experts}`,
      RIGHT_MODEL,
    )
  }
  for (const [expert, value] of row.entries()) {
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) continue
    findings.stop(`${where}the count of expert ${expert} must be a number >= 0, got ${shown(value)}`)
  }
  return row as number[]
}

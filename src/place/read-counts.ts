// Counts as engines dump them for a placement, `{"logical_count": [[...]]}` or the table alone, with or without a model.
import { fail } from '../errors.ts'
import { type Io, IoError, readText } from '../io.ts'
import { shown, type TraceExpectation } from '../trace/expectation.ts'
import { Findings } from '../trace/findings.ts'
import { layersOfAxis } from '../trace/formats/arrays/layers.ts'
import { asObject } from '../trace/formats/format.ts'
import { MAX_EXPERTS } from '../trace/synth/generator-spec.ts'
import { countSource, type PlaceSource } from './source.ts'

const HEAD_BYTES = 64 * 1024
const LIMIT_BYTES = 256 * 2 ** 20

/** Whether the file at a path is such counts, by its beginning. Throws UserError. */
export async function isPlainCounts(io: Io, path: string): Promise<boolean> {
  const stat = await orRefuse(path, () => io.stat(path))
  if (stat?.kind !== 'file') return false
  const bytes = await orRefuse(path, () => io.readRange(path, 0, HEAD_BYTES))
  const head = new TextDecoder().decode(bytes)
  return /^\uFEFF?\s*(\{[\s\S]*"logical_count"\s*:|\[\s*\[[\s\d.,eE+[-])/.test(head)
}

/**
 * Reads them: [layer][expert], or [step][layer][expert]. Without a model, layers are the rows that have any selections, by their
 * place. Throws UserError.
 */
export async function readPlainCounts(
  io: Io,
  path: string,
  model: TraceExpectation | undefined,
): Promise<PlaceSource> {
  const findings = new Findings(path)
  const table = tableOf(parsed(await orRefuse(path, () => readText(io, path, LIMIT_BYTES)), path), findings)
  const rows = table[0]!.length
  const experts = model?.experts ?? expertsOf(table[0]![0], findings)
  const steps = table.map((step, at) => {
    if (step.length !== rows)
      findings.stop(`ragged: step ${at} has ${step.length} layers, step 0 has ${rows}`)
    return step.map((row, layer) => checkedRow(row, experts, { step: at, layer, model }, findings))
  })
  const axis = model ? layersOfAxis(rows, model, findings) : placesWithCounts(steps)
  const layers = axis.filter((layer) => layer !== undefined)
  if (layers.length === 0) findings.stop('all counts are 0: there is nothing to place by')
  const byLayer = steps.map(
    (step) =>
      new Map(axis.flatMap((layer, row) => (layer === undefined ? [] : [[layer, step[row]!] as const]))),
  )
  const facts = { path, model: model?.model, experts, layers, allLayers: model?.layers ?? rows }
  return countSource(facts, byLayer)
}

async function orRefuse<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    if (error instanceof IoError) fail('file', { action: 'read', reason: error.reason }, { file: path })
    throw error
  }
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return fail('syntax', { what: `not valid JSON: ${error.message}` }, { file: path })
  }
}

/** [step][layer], rows not yet checked. */
function tableOf(value: unknown, findings: Findings): readonly (readonly unknown[])[] {
  const rows = asObject(value)?.logical_count ?? value
  if (!Array.isArray(rows) || rows.length === 0) {
    findings.stop(`logical_count must be a list with content, got ${shown(rows)}`)
  }
  const isPerStep = rows.every((row) => Array.isArray(row) && row.length > 0 && row.every(Array.isArray))
  return isPerStep ? (rows as unknown[][]) : [rows]
}

function expertsOf(row: unknown, findings: Findings): number {
  if (Array.isArray(row) && row.length > 0 && row.length <= MAX_EXPERTS) return row.length
  return findings.stop(`a row must be a list of up to ${MAX_EXPERTS} counts, got ${shown(row)}`)
}

interface RowPlace {
  readonly step: number
  readonly layer: number
  readonly model: TraceExpectation | undefined
}

function checkedRow(
  row: unknown,
  experts: number,
  { step, layer, model }: RowPlace,
  findings: Findings,
): Float64Array {
  const where = `step ${step}, row ${layer}`
  if (!Array.isArray(row)) return findings.stop(`${where}: counts must be a list, got ${shown(row)}`)
  if (row.length !== experts) {
    const other = model === undefined ? 'the first row' : `model ${model.model}`
    findings.stopConflict(
      `${where}: ${row.length} experts, ${other} has ${experts}`,
      'every row counts the same experts',
    )
  }
  for (const [expert, value] of row.entries()) {
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) continue
    findings.stop(`${where}: the count of expert ${expert} must be a number >= 0, got ${shown(value)}`)
  }
  return Float64Array.from(row as number[])
}

/** Rows without any selection are of dense layers. */
function placesWithCounts(steps: readonly (readonly Float64Array[])[]): (number | undefined)[] {
  return steps[0]!.map((_, row) =>
    steps.some((step) => step[row]!.some((count) => count > 0)) ? row : undefined,
  )
}

// Reader of the forecasting paper's traces: one JSON file per request, an array of generation steps.
import type { RowCheck } from '../expectation.ts'
import { count } from '../expectation.ts'
import type { Findings } from '../findings.ts'
import { IdColumn } from '../id-column.ts'
import { asObject, type TokenReader } from './format.ts'
import { parseDocument } from './json-document.ts'

type Step = Readonly<Record<string, readonly unknown[] | null>>

/**
 * `[step, step, ...]`, a step being `{"<layer id>": null | [[k ids] per token]}`; null is a dense layer. Step 0
 * is prefill whatever its row count (prefix-cache hits leave one row, a recorder without prompt leaves none),
 * every further step one decode token.
 */
export const forecastJson: TokenReader = {
  recognises: (head) =>
    /^\s*\[/.test(head.text) || (/^\s*\{/.test(head.text) && head.firstObject === undefined),
  async read(file, builder) {
    const findings: Findings = file.findings
    const document = await parseDocument(file, findings)
    if (!Array.isArray(document) || !document.every(isStep)) return 'not-a-trace'
    const reader = new StepReader(builder.check, findings)
    for (const [number, step] of document.entries()) reader.take(number, step)
    const { columns } = reader
    const [first] = columns.values()
    const tokens = (first?.length ?? 0) / builder.check.expectation.topK
    const prefillTokens = tokens - Math.max(0, document.length - 1)
    builder.add({ id: file.name, prefillTokens, columns }, findings)
    findings.done()
    return 'read'
  },
}

/** The layout's mark: an object whose keys are layer ids and whose values are null or lists. */
function isStep(value: unknown): value is Step {
  const object = asObject(value)
  if (object === undefined) return false
  for (const key in object) {
    const rows = object[key]
    if (!/^(0|[1-9]\d{0,5})$/.test(key) || (rows !== null && !Array.isArray(rows))) return false
  }
  return true
}

/** Gathers the steps of one request by layer. */
class StepReader {
  readonly columns = new Map<number, IdColumn>()
  private readonly check: RowCheck
  private readonly findings: Findings

  constructor(check: RowCheck, findings: Findings) {
    this.check = check
    this.findings = findings
  }

  take(number: number, step: Step): void {
    let layers = 0
    for (const key in step) {
      const rows = step[key]
      if (!rows) continue
      const column = number === 0 ? this.newColumn(Number(key)) : this.columns.get(Number(key))
      layers++
      if (column) this.takeRows(number, key, rows, column)
      else this.findings.stop(`step ${number} has rows in layer ${key}, step 0 has none`)
    }
    if (layers === this.columns.size) return
    const missing = [...this.columns.keys()].find((layer) => !step[layer])
    this.findings.stop(`ragged: step ${number} has no rows in layer ${missing}, step 0 has`)
  }

  private newColumn(layer: number): IdColumn {
    const problem = this.check.layerProblem(layer)
    if (problem !== undefined) this.findings.add(`step 0: ${problem}`)
    const column = new IdColumn()
    this.columns.set(layer, column)
    return column
  }

  private takeRows(number: number, layer: string, rows: readonly unknown[], column: IdColumn): void {
    if (number > 0 && rows.length !== 1) {
      this.findings.stop(
        `ragged: step ${number} has ${count(rows.length, 'row')} in layer ${layer}`,
        undefined,
        'every step after the first is one decode token',
      )
    }
    for (const [token, ids] of rows.entries()) {
      const problem = this.check.idsProblem(ids)
      if (problem !== undefined) this.findings.add(`step ${number}, layer ${layer}, row ${token}: ${problem}`)
      column.append(problem === undefined ? (ids as number[]) : this.check.placeholder)
    }
  }
}

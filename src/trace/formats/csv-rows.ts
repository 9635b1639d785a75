// Turns the text fields of native CSV rows into numbers.
import type { RoutingBuilder } from '../builder.ts'
import { shown } from '../expectation.ts'
import type { Findings, Place } from '../findings.ts'
import { NativeRows } from './native/rows.ts'

/** Takes rows one by one. A wrong id is noted and reading goes on; any other fault ends it. */
export class CsvRows {
  private readonly builder: RoutingBuilder
  private readonly findings: Findings
  private readonly rows: NativeRows
  private readonly ids: number[] = []

  constructor(builder: RoutingBuilder, findings: Findings, isPhaseAssumed: boolean) {
    this.builder = builder
    this.findings = findings
    this.rows = new NativeRows(builder, findings, isPhaseAssumed)
  }

  take(row: readonly string[], at: Place): void {
    const [id, tokenText, phase, layerText, experts] = row
    if (row.length !== 5 || id === undefined || phase === undefined || experts === undefined) {
      this.findings.stop(`a row has 5 fields, this one ${row.length}`, at)
    }
    const token = wholeNumber(tokenText!)
    const layer = wholeNumber(layerText!)
    if (token < 0) this.findings.stop(`token must be a whole number, got ${shown(tokenText)}`, at)
    if (layer < 0) this.findings.stop(`layer must be a whole number, got ${shown(layerText)}`, at)
    this.rows.columnOf(id, token, phase, layer, at).append(this.checkedIds(experts, at))
  }

  /** After the last row. */
  end(at: Place): void {
    this.rows.end(at)
  }

  private checkedIds(experts: string, at: Place): readonly number[] {
    const ids = this.ids
    const problem = parseIds(experts, ids)
      ? this.builder.check.idsProblem(ids)
      : `experts must be whole numbers separated by single blanks, got ${shown(experts)}`
    if (problem === undefined) return ids
    const column = at.text.lastIndexOf(',') + 2
    this.findings.add(problem, { ...at, column, length: experts.length })
    return this.builder.check.placeholder
  }
}

/** The number written in decimal digits, at most nine of them, or -1. */
function wholeNumber(text: string): number {
  if (text.length === 0 || text.length > 9) return -1
  let number = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return -1
    number = number * 10 + digit
  }
  return number
}

/** Fills `ids`; false where `text` is not numbers separated by single blanks. */
function parseIds(text: string, ids: number[]): boolean {
  ids.length = 0
  let id = -1
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit >= 0 && digit <= 9) id = (id < 0 ? 0 : id * 10) + digit
    else if (digit === -16 && id >= 0) {
      ids.push(id)
      id = -1
    } else return false
  }
  if (id < 0) return false
  ids.push(id)
  return true
}

// Rows of a reference table as text: typed access to their cells, and findings that point at a cell.
import { type Diagnostic, finding, type SourceSpan } from '../errors.ts'

/** Ends the reading of one row; the other rows are read on. */
export class RowProblem extends Error {
  override readonly name = 'RowProblem'
  readonly diagnostic: Diagnostic
  constructor(diagnostic: Diagnostic) {
    super('a reference row cannot be read')
    this.diagnostic = diagnostic
  }
}

/** Beyond this, doubles no longer count. */
const MOST = 1e12

export class ReferenceRow {
  readonly file: string
  readonly line: number
  private readonly lineText: string
  private readonly columns: ReadonlyMap<string, number>
  private readonly cells: readonly string[]

  constructor(
    file: string,
    at: { readonly line: number; readonly text: string },
    columns: ReadonlyMap<string, number>,
    cells: readonly string[],
  ) {
    this.file = file
    this.line = at.line
    this.lineText = at.text
    this.columns = columns
    this.cells = cells
  }

  has(column: string): boolean {
    return this.columns.has(column)
  }

  text(column: string): string {
    return this.cells[this.columns.get(column) ?? -1] ?? ''
  }

  /** Throws RowProblem, as all below do. */
  oneOf<T extends string>(column: string, allowed: readonly T[]): T {
    const text = this.text(column)
    const found = allowed.find((name) => name === text)
    return found ?? this.refuse(column, `one of ${allowed.join(', ')}`)
  }

  /** A number above 0. */
  positive(column: string): number {
    const value = numberOf(this.text(column))
    return value > 0 && value <= MOST ? value : this.refuse(column, 'a number above 0')
  }

  whole(column: string, least = 0, most = MOST): number {
    const value = numberOf(this.text(column))
    const range = most === MOST ? `of at least ${least}` : `from ${least} to ${most}`
    return Number.isInteger(value) && value >= least && value <= most
      ? value
      : this.refuse(column, `a whole number ${range}`)
  }

  /** Numbers above 0, separated by blanks. */
  numbers(column: string, count: number): number[] {
    const values = this.text(column).trim().split(/\s+/).map(numberOf)
    return values.length === count && values.every((value) => value > 0 && value <= MOST)
      ? values
      : this.refuse(column, `${count} numbers above 0, separated by blanks`)
  }

  refuse(column: string, expected: string): never {
    const got = this.text(column)
    throw new RowProblem(
      finding(
        'bad-value',
        { where: column, expected, got: got === '' ? 'nothing' : `"${got}"` },
        { file: this.file, span: this.span(column) },
      ),
    )
  }

  span(column?: string): SourceSpan {
    const place = column === undefined ? undefined : this.columns.get(column)
    // Where quotes or escapes shift the cells, the line as a whole is marked.
    if (place === undefined || this.cells.join(',') !== this.lineText) {
      return {
        line: this.line,
        column: 1,
        length: Math.max(1, this.lineText.length),
        lineText: this.lineText,
      }
    }
    const before = this.cells.slice(0, place).reduce((sum, cell) => sum + cell.length + 1, 0)
    const length = Math.max(1, this.cells[place]!.length)
    return { line: this.line, column: before + 1, length, lineText: this.lineText }
  }
}

/** NaN for anything but a plain decimal number: '' and '0x10' are none. */
function numberOf(text: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : Number.NaN
}

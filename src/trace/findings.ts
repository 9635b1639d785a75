// Collects what is wrong with one trace file, up to a limit.
import { type Diagnostic, finding, type SourceSpan, UserError } from '../errors.ts'

/** A broken recorder breaks every row: more findings than this tell nothing new. */
const MAX_FINDINGS_PER_FILE = 20

/** How much of a line a finding keeps after its column: enough to show, however long the line is. */
const KEPT_CHARACTERS = 400

/** A place in a line; line and column count from 1. */
export interface Place {
  readonly line: number
  readonly text: string
  readonly column?: number
  readonly length?: number
}

function span(place: Place): SourceSpan {
  const column = place.column ?? 1
  const lineText = place.text.slice(0, column + KEPT_CHARACTERS)
  return { line: place.line, column, length: Math.max(1, place.length ?? lineText.length), lineText }
}

/** Findings about one file. Throws them all as one UserError when it is full, told to stop, or done. */
export class Findings {
  readonly file: string
  private readonly found: Diagnostic[] = []

  constructor(file: string) {
    this.file = file
  }

  /** Notes a fault after which reading can go on. */
  add(what: string, place?: Place, hint?: string): void {
    this.push(finding('trace', hint === undefined ? { what } : { what, hint }, this.at(place)))
  }

  /** The file contradicts the model it is read for. */
  addConflict(what: string, hint: string, place?: Place): void {
    this.push(finding('conflict', { what, hint }, this.at(place)))
  }

  /** The same, where nothing after it would make sense. */
  stopConflict(what: string, hint: string, place?: Place): never {
    this.addConflict(what, hint, place)
    throw new UserError(this.found)
  }

  /** Notes a fault after which the following rows would make no sense. */
  stop(what: string, place?: Place, hint?: string): never {
    this.add(what, place, hint)
    throw new UserError(this.found)
  }

  /** The bytes themselves cannot be read. */
  stopFile(reason: string, place?: Place, hint?: string): never {
    this.push(
      finding(
        'file',
        hint === undefined ? { action: 'read', reason } : { action: 'read', reason, hint },
        this.at(place),
      ),
    )
    throw new UserError(this.found)
  }

  get isEmpty(): boolean {
    return this.found.length === 0
  }

  /** Throws if anything was found. */
  done(): void {
    if (this.found.length > 0) throw new UserError(this.found)
  }

  private at(place: Place | undefined) {
    return { file: this.file, span: place === undefined ? undefined : span(place) }
  }

  private push(found: Diagnostic): void {
    this.found.push(found)
    if (this.found.length >= MAX_FINDINGS_PER_FILE) throw new UserError(this.found)
  }
}

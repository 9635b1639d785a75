// Puts the requests of all files of a trace together and checks that they fit each other.
import { invariant } from '../errors.ts'
import type { Io } from '../io.ts'
import { count, layerList, RowCheck, shown, type TraceExpectation } from './expectation.ts'
import type { Findings, Place } from './findings.ts'
import { IdColumn } from './id-column.ts'
import { routingSha256 } from './routing-hash.ts'
import type { RoutingSource, TraceRequest } from './source.ts'

/** One request as a reader found it: per layer its ids [token][slot], each row already checked. */
export interface RequestDraft {
  readonly id: string
  readonly prefillTokens: number
  readonly columns: ReadonlyMap<number, IdColumn>
}

const MAX_ID_LENGTH = 200

export class RoutingBuilder {
  readonly check: RowCheck
  private readonly requests: TraceRequest[] = []
  private readonly fileOfRequest = new Map<string, string>()
  private columns: ReadonlyMap<number, IdColumn> | undefined

  constructor(expectation: TraceExpectation) {
    this.check = new RowCheck(expectation)
  }

  /** Layers that every request must cover, ascending; undefined before the first request. */
  get layers(): readonly number[] | undefined {
    return this.columns && [...this.columns.keys()]
  }

  /** What is wrong with beginning a request of this id now, or undefined. */
  idProblem(id: string): string | undefined {
    // Control characters would break the line-based native format, half surrogates have no UTF-8.
    if (id === '' || id.length > MAX_ID_LENGTH || /\p{Cc}|\p{Cs}/u.test(id)) {
      return `request id must be 1..${MAX_ID_LENGTH} characters without control characters, got ${shown(id)}`
    }
    const file = this.fileOfRequest.get(id)
    return file === undefined
      ? undefined
      : `request ${shown(id)} occurs a second time; the first is in ${file}`
  }

  /** Takes a complete request. Faults go to `findings`; `place` is where the request ends, if that is a line. The
   * reader calls `findings.done()` at the end of its file. */
  add(draft: RequestDraft, findings: Findings, place?: Place): void {
    const idProblem = this.idProblem(draft.id)
    if (idProblem !== undefined) findings.stop(idProblem, place)
    const layers = [...draft.columns.keys()].sort((a, b) => a - b)
    const name = `request ${shown(draft.id)}`
    const { topK } = this.check.expectation
    const [first] = layers
    if (first === undefined) findings.stop(`${name} covers no layer`, place)
    const tokens = draft.columns.get(first)!.length / topK
    const tokensOf = (layer: number) => draft.columns.get(layer)!.length / topK
    const [ragged, ...others] = layers.filter((layer) => tokensOf(layer) !== tokens)
    if (ragged !== undefined) {
      const more = others.length === 0 ? '' : ` (${count(others.length, 'other layer')} differ too)`
      findings.add(
        `ragged: ${name} has ${count(tokensOf(ragged), 'token')} in layer ${ragged} and ${tokens} in layer ${first}${more}`,
        place,
        'rows are missing, so tokens of different layers cannot be matched',
      )
    }
    if (tokens === 0) findings.add(`${name} has no tokens`, place)
    const covered = this.layers ?? layers
    if (covered.join() !== layers.join()) {
      findings.add(
        `${name} covers layers ${layerList(layers)}, the requests before it ${layerList(covered)}`,
        place,
        'all requests of a trace must cover the same layers',
      )
    }
    this.fileOfRequest.set(draft.id, findings.file)
    // With a finding the file is lost, but its further requests are still looked at.
    if (!findings.isEmpty) return
    this.columns ??= new Map(layers.map((layer) => [layer, new IdColumn()]))
    for (const [layer, column] of this.columns) column.append(draft.columns.get(layer)!.view())
    this.requests.push({ id: draft.id, prefillTokens: draft.prefillTokens, tokens })
  }

  /** The source of everything added; there must be at least one request. */
  build(io: Pick<Io, 'hash'>, label: string): RoutingSource {
    const columns = this.columns
    invariant(columns !== undefined, 'a trace without requests')
    const { experts, topK } = this.check.expectation
    const routing = {
      label,
      kind: 'file' as const,
      experts,
      topK,
      layers: [...columns.keys()],
      requests: this.requests,
      layerExperts(layer: number): Uint16Array {
        const column = columns.get(layer)
        invariant(column !== undefined, () => `layer ${layer} asked of trace ${label}, which has it not`)
        return column.view()
      },
    }
    return { ...routing, sha256: routingSha256(io, routing) }
  }
}

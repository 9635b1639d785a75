// Checks that the requests of all files of a trace fit each other, and hands them on one by one.
import { invariant } from '../errors.ts'
import type { Io } from '../io.ts'
import { count, layerList, RowCheck, shown, type TraceExpectation } from './expectation.ts'
import type { Findings, Place } from './findings.ts'
import type { IdColumn } from './id-column.ts'
import type { Manifest } from './manifest-schema.ts'
import { RoutingHash } from './routing-hash.ts'
import type { RequestRows, TraceRequest } from './source.ts'

/** One request as a reader found it: per layer its ids [token][slot], each row already checked. */
export interface RequestDraft {
  readonly id: string
  readonly prefillTokens: number
  /** The builder may keep them: nothing is appended to them afterwards. */
  readonly columns: ReadonlyMap<number, IdColumn>
  /** The format does not say which tokens are the prompt; `prefillTokens` is all of them or none by convention. */
  readonly isPhaseAssumed?: boolean
}

/** One layer of a request whose layers stand in files of their own. */
export interface LayerDraft {
  readonly id: string
  readonly layer: number
  /** Its ids [token][slot], each row already checked; all tokens are prefill. */
  readonly column: IdColumn
}

/** A request that further files may complete. */
interface OpenRequest {
  readonly id: string
  readonly columns: Map<number, IdColumn>
  readonly fileOfLayer: Map<number, string>
  /** Of its last file. */
  findings: Findings
}

const MAX_ID_LENGTH = 200

/** Thrown by `add` once as much is read as was asked for: ends the reading of the trace, which then is a part of it. */
export class EnoughRead extends Error {
  override readonly name = 'EnoughRead'
}

export class RoutingBuilder {
  readonly check: RowCheck
  /** Whether any request has phases by convention rather than from the recording. */
  isPhaseAssumed = false
  /** Of the native files so far that have one. */
  readonly manifests: Manifest[] = []
  private readonly rowLimit: number
  private rows = 0
  /** The requests so far. */
  readonly requests: TraceRequest[] = []
  /** Layers that every request must cover, ascending; undefined before the first request. */
  layers: readonly number[] | undefined
  private readonly onRequest: (request: RequestRows) => void
  private readonly fileOfRequest = new Map<string, string>()
  private fileHash: RoutingHash | undefined
  private open: OpenRequest | undefined

  /**
   * `onRequest` is given every request; it may keep its ids. `rowLimit`: after so many rows, one per token and layer,
   * reading ends with the request.
   */
  constructor(
    expectation: TraceExpectation,
    onRequest: (request: RequestRows) => void,
    rowLimit = Number.POSITIVE_INFINITY,
  ) {
    this.check = new RowCheck(expectation)
    this.onRequest = onRequest
    this.rowLimit = rowLimit
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

  /** Takes one layer of a request; the layers of a request come one after the other. Throws UserError. */
  addLayer({ id, layer, column }: LayerDraft, findings: Findings): void {
    if (this.open?.id !== id) {
      this.completeLayers()
      const problem = this.idProblem(id)
      if (problem !== undefined) findings.stop(problem)
    }
    this.open ??= { id, columns: new Map(), fileOfLayer: new Map(), findings }
    const { columns, fileOfLayer } = this.open
    const name = `request ${shown(id)}`
    const sameLayer = fileOfLayer.get(layer)
    if (sameLayer !== undefined) {
      findings.stop(`layer ${layer} of ${name} occurs a second time; the first is in ${sameLayer}`)
    }
    const [first] = columns
    if (first !== undefined && first[1].length !== column.length) {
      const tokensOf = ({ length }: IdColumn) => length / this.check.expectation.topK
      findings.stop(
        `ragged: ${name} has ${count(tokensOf(column), 'token')} in layer ${layer} and ${tokensOf(first[1])} in layer ${first[0]} (${fileOfLayer.get(first[0])})`,
        undefined,
        'tokens of different layers cannot be matched',
      )
    }
    columns.set(layer, column)
    fileOfLayer.set(layer, findings.file)
    this.open.findings = findings
  }

  /** Says that the request that layers were added to has no more of them. */
  completeLayers(): void {
    const request = this.open
    if (request === undefined) return
    this.open = undefined
    const { id, columns, findings } = request
    const [first] = columns.values()
    const prefillTokens = first!.length / this.check.expectation.topK
    this.add({ id, prefillTokens, columns, isPhaseAssumed: true }, findings)
    findings.done()
  }

  /** Takes a complete request. Faults go to `findings`; `place` is where the request ends, if that is a line. The
   * reader calls `findings.done()` at the end of its file. */
  add(draft: RequestDraft, findings: Findings, place?: Place): void {
    this.completeLayers()
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
    this.layers ??= layers
    const request = { id: draft.id, prefillTokens: draft.prefillTokens, tokens }
    this.requests.push(request)
    const columns = new Map(layers.map((layer) => [layer, draft.columns.get(layer)!.view()]))
    this.fileHash?.add({ ...request, columns })
    this.onRequest({ ...request, columns })
    if (draft.isPhaseAssumed) this.isPhaseAssumed = true
    this.rows += tokens * layers.length
    if (this.rows >= this.rowLimit) throw new EnoughRead()
  }

  /** From here to the end of a file its requests are hashed by themselves, for its manifest to be compared with. */
  hashFile(io: Pick<Io, 'hash'>): void {
    this.fileHash = new RoutingHash(io, this.check.expectation)
  }

  /** The hash of the requests since `hashFile`. */
  fileSha256(): string {
    const hash = this.fileHash
    invariant(hash !== undefined, 'a file that is not hashed')
    this.fileHash = undefined
    return hash.hex()
  }
}

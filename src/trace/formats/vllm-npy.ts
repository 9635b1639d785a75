// Reader of the arrays of routed experts that vLLM and SGLang return for one request, saved as .npy.
import type { RowCheck } from '../expectation.ts'
import { count } from '../expectation.ts'
import type { Findings } from '../findings.ts'
import { IdColumn } from '../id-column.ts'
import { ByteFeed } from './arrays/byte-feed.ts'
import { layersOfAxis } from './arrays/layers.ts'
import { type NpyHeader, npyRows, shapeText, takeNpyHeader } from './arrays/npy.ts'
import { isNpy } from './arrays/npy-kind.ts'
import type { TokenReader, TraceFile } from './format.ts'
import { readSidecar, type Sidecar, sidecarCount, sidecarPath } from './sidecar.ts'

/** The last sampled token is never fed through the model, so that it has no row. */
const UNFORWARDED_TOKENS = 1

/**
 * Whole numbers of shape (prompt + generated - 1, layers, top-k), prompt rows first, any width. The array does not say where
 * the prompt ends: `input_token_count` of the sidecar does; the sidecar's other facts, where given, must agree. `layers` is
 * every transformer layer (dense ones are dropped, whatever they hold) or the MoE layers. One file is one request.
 */
export const vllmNpy: TokenReader = {
  recognises: (head) => isNpy(head),
  async read(file, builder) {
    const { findings, io } = file
    const hash = io.hash()
    const feed = new ByteFeed(hashed(file.bytes(), hash))
    try {
      const header = await takeNpyHeader(feed, findings)
      const layers = judgeShape(header, builder.check, findings)
      const sidecar = await neededSidecar(file)
      const prefillTokens = promptTokens(sidecar, header, builder.check)
      const rows = new RoutedRows(layers, builder.check, findings)
      for await (const values of npyRows(feed, header, layers.length * rows.topK, findings)) rows.take(values)
      judgeHash(sidecar, hash.hex())
      builder.add({ id: file.name, prefillTokens, columns: rows.columns }, findings)
      findings.done()
    } finally {
      await feed.close()
    }
    return 'read'
  },
}

/** The model layer of each place of the layer axis. */
function judgeShape(header: NpyHeader, check: RowCheck, findings: Findings): readonly (number | undefined)[] {
  const { model, topK } = check.expectation
  const { shape, kind, descr } = header
  if (kind !== 'whole') findings.stop(`expert ids must be whole numbers, the array is ${descr}`)
  if (shape.length !== 3) {
    findings.stop(`shape must be (tokens, layers, top-k), got ${shapeText(shape)}`)
  }
  if (shape[2] !== topK) {
    findings.stopConflict(
      `the array has ${count(shape[2]!, 'expert')} per token, model ${model} routes top-${topK}`,
      'pass the model that the trace was recorded with',
    )
  }
  return layersOfAxis(shape[1]!, check.expectation, findings)
}

async function neededSidecar(file: TraceFile): Promise<Sidecar> {
  const sidecar = await readSidecar(file)
  if (sidecar !== undefined) return sidecar
  const { findings } = file
  return findings.stop(
    'the array does not say how many of its rows are the prompt',
    undefined,
    `write it beside the array, as {"input_token_count": N} in ${sidecarPath(findings.file)}`,
  )
}

function promptTokens(sidecar: Sidecar, header: NpyHeader, check: RowCheck): number {
  judgeSidecar(sidecar, header, check)
  const rows = header.shape[0]!
  const prompt = sidecarCount(sidecar, 'input_token_count')
  if (prompt === undefined) return sidecar.findings.stop('input_token_count is missing')
  if (prompt > rows) {
    sidecar.findings.stop(`input_token_count is ${prompt}, the array has ${count(rows, 'row')}`)
  }
  const output = sidecarCount(sidecar, 'output_token_count')
  const unforwarded = sidecarCount(sidecar, 'excluded_trailing_sampled_token_count') ?? UNFORWARDED_TOKENS
  if (output !== undefined && rows !== prompt + output - unforwarded) {
    const expected = prompt + output - unforwarded
    const hint =
      rows < expected
        ? 'rows are missing: cached prompt tokens, for one, have none'
        : 'state how many sampled tokens at the end have no row: with "excluded_trailing_sampled_token_count": 0 every token has one'
    sidecar.findings.stop(
      `input_token_count ${prompt} + output_token_count ${output} - ${unforwarded} make ${expected} rows, the array has ${rows}`,
      undefined,
      hint,
    )
  }
  return prompt
}

function judgeSidecar(sidecar: Sidecar, { shape }: NpyHeader, check: RowCheck): void {
  const { findings, fields } = sidecar
  const { model, experts, topK } = check.expectation
  const agree = (key: string, expected: number) => {
    const stated = sidecarCount(sidecar, key)
    if (stated === undefined || stated === expected) return
    findings.stopConflict(
      `${key} is ${stated}, model ${model} has ${expected}`,
      'pass the model that the trace was recorded with',
    )
  }
  agree('experts_from_model_config', experts)
  agree('top_k_from_model_config', topK)
  if (Object.hasOwn(fields, 'shape') && JSON.stringify(fields.shape) !== JSON.stringify(shape)) {
    findings.stop(`shape is ${JSON.stringify(fields.shape)}, that of the array ${JSON.stringify(shape)}`)
  }
  if (Object.hasOwn(fields, 'validation_status') && fields.validation_status !== 'PASS') {
    findings.stop(
      `the recorder itself found the array wrong: validation_status ${JSON.stringify(fields.validation_status)}`,
    )
  }
}

async function* hashed(
  bytes: AsyncIterable<Uint8Array>,
  hash: { update(data: Uint8Array): void },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    hash.update(chunk)
    yield chunk
  }
}

function judgeHash({ findings, fields }: Sidecar, found: string): void {
  const stated = fields.array_sha256
  if (typeof stated !== 'string' || stated.toLowerCase() === found) return
  const hint = 'one of the two was changed or belongs elsewhere'
  findings.stop(`array_sha256 is ${stated}, that of the array ${found}`, undefined, hint)
}

/** Gathers rows [layer][slot] by layer. */
class RoutedRows {
  readonly columns: ReadonlyMap<number, IdColumn>
  readonly topK: number
  private readonly places: readonly (IdColumn | undefined)[]
  private readonly layers: readonly (number | undefined)[]
  private readonly check: RowCheck
  private readonly findings: Findings
  private readonly ids: number[]
  private row = 0

  constructor(layers: readonly (number | undefined)[], check: RowCheck, findings: Findings) {
    this.layers = layers
    this.check = check
    this.findings = findings
    this.topK = check.expectation.topK
    this.ids = new Array<number>(this.topK)
    this.places = layers.map((layer) => (layer === undefined ? undefined : new IdColumn()))
    this.columns = new Map(
      layers.flatMap((layer, i) => (layer === undefined ? [] : [[layer, this.places[i]!]])),
    )
  }

  /** Values of whole rows. */
  take(values: ArrayLike<number>): void {
    const { topK, places, ids } = this
    for (let at = 0; at < values.length; this.row++) {
      for (let place = 0; place < places.length; place++, at += topK) {
        const column = places[place]
        if (column === undefined) continue
        for (let slot = 0; slot < topK; slot++) ids[slot] = values[at + slot]!
        const problem = this.problem(ids)
        if (problem !== undefined)
          this.findings.add(`row ${this.row}, layer ${this.layers[place]}: ${problem}`)
        column.append(problem === undefined ? ids : this.check.placeholder)
      }
    }
  }

  private problem(ids: readonly number[]): string | undefined {
    const problem = this.check.idsProblem(ids)
    if (problem === undefined || !ids.includes(-1)) return problem
    return `no expert (-1) in a row of a MoE layer; every token needs its top-${this.topK}`
  }
}

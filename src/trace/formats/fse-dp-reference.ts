// Reader of the traces of FSE-DP's reference simulator: one JSON file per layer of one batch of tokens.
import type { RoutingBuilder } from '../builder.ts'
import { count, shown } from '../expectation.ts'
import type { Findings } from '../findings.ts'
import { IdColumn } from '../id-column.ts'
import type { TokenReader } from './format.ts'
import { listEntries } from './list-entries.ts'

/** A file that names its layer, behind the folder it is in. */
const LAYER_FILE = /^(?:(.*)\/)?layer_(\d{1,6})_token_experts$/

/** `{"0": [3,` or `{"0": []`: a number with a list of numbers. */
const FIRST_ENTRY = /^\s*\{\s*"-?\d+"\s*:\s*\[\s*(?:\]|-?\d)/

/** Request id where the trace is the folder of layer files itself, or one of them. */
const BATCH = 'batch'

/**
 * `{"<token index>": [k ids], ...}`, indices counting 0, 1, 2, ... in the order of the file (reference sheet, section 6).
 * An empty list is padding. Padding at the end is left out: it carries no work. Elsewhere it is refused, because tokens
 * are dealt to dies by their index, which leaving one out would shift.
 *
 * `layer_<L>_token_experts.json` is layer L of the model; such files of one folder are one request, named after the
 * folder. A file of another name is a request of its own in the model's first MoE layer. The format has no phases: all
 * tokens count as prefill.
 */
export const fseDpReference: TokenReader = {
  recognises: (head) =>
    FIRST_ENTRY.test(head.text) || (LAYER_FILE.test(head.name) && /^\s*\{/.test(head.text)),
  async read(file, builder) {
    const findings: Findings = file.findings
    const [, folder = BATCH, layerText] = LAYER_FILE.exec(file.name) ?? []
    const layer = layerText === undefined ? builder.check.expectation.moeLayers[0]! : Number(layerText)
    const problem = builder.check.layerProblem(layer)
    if (problem !== undefined) findings.stop(problem)
    const lists = new TokenLists(builder, findings)
    for await (const entries of listEntries(file.bytes(), findings)) {
      for (const { key, list } of entries) lists.take(key, list)
    }
    const column = lists.end()
    if (layerText === undefined) {
      const tokens = column.length / builder.check.expectation.topK
      const columns = new Map([[layer, column]])
      builder.add({ id: file.name, prefillTokens: tokens, columns, isPhaseAssumed: true }, findings)
    } else builder.addLayer({ id: folder, layer, column }, findings)
    return 'read'
  },
}

/** The tokens of one layer, in order. */
class TokenLists {
  private readonly builder: RoutingBuilder
  private readonly findings: Findings
  private readonly column = new IdColumn()
  private next = 0
  /** First token of the padding seen last, while nothing follows it. */
  private paddingFrom: number | undefined

  constructor(builder: RoutingBuilder, findings: Findings) {
    this.builder = builder
    this.findings = findings
  }

  take(key: string, ids: readonly unknown[]): void {
    const index = this.indexOf(key)
    if (ids.length === 0) {
      this.paddingFrom ??= index
      return
    }
    if (this.paddingFrom !== undefined) {
      this.findings.stop(
        `token index ${this.paddingFrom} has no experts (padding), and token index ${index} behind it has`,
        undefined,
        'padding is left out at the end only; elsewhere that would move the tokens behind it to other dies',
      )
    }
    const { check } = this.builder
    const problem = check.idsProblem(ids)
    if (problem !== undefined) this.findings.add(`token index ${index}: ${problem}`)
    this.column.append(problem === undefined ? (ids as readonly number[]) : check.placeholder)
  }

  /** The ids of all tokens that have any. */
  end(): IdColumn {
    if (this.column.length === 0) {
      this.findings.stop(
        this.next === 0 ? 'no tokens' : `no work: all ${count(this.next, 'token')} are padding (empty lists)`,
      )
    }
    this.findings.done()
    return this.column
  }

  private indexOf(key: string): number {
    if (!/^(0|[1-9]\d{0,14})$/.test(key)) {
      this.findings.stop(`token index must be a whole number, got ${shown(key)}${this.after()}`)
    }
    const index = Number(key)
    if (index < this.next) this.findings.stop(`token index ${index} stands twice`)
    if (index > this.next) {
      this.findings.stop(
        `token index ${this.next} is missing: ${index} stands in its place`,
        undefined,
        'token indices must count 0, 1, 2, ... in the order of the file',
      )
    }
    this.next++
    return index
  }

  private after(): string {
    return this.next === 0 ? '' : ` after ${this.next - 1}`
  }
}

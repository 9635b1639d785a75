// Reader of moesim's own format as Parquet: the rows of the native CSV, one row group at a time.
import type { DecodedArray } from 'hyparquet'
import type { RoutingBuilder } from '../../builder.ts'
import { count, shown } from '../../expectation.ts'
import type { Findings } from '../../findings.ts'
import { judgeModel, judgeRows, MANIFEST_KEY, modelOfManifest, parseManifest } from '../../manifest.ts'
import type { TokenReader } from '../format.ts'
import { openParquet, PARQUET_MAGIC, type ParquetGroup } from './parquet-file.ts'
import { NativeRows } from './rows.ts'

/** Of a row, before its experts. */
const ROW_COLUMNS = ['request', 'token', 'phase', 'layer'] as const

/** The columns of a row's experts, one per slot. */
export function expertColumns(topK: number): string[] {
  return Array.from({ length: topK }, (_, slot) => `expert_${slot}`)
}

/**
 * Columns `request` and `phase` (strings), `token`, `layer` and `expert_0` to `expert_<k-1>` (integers), rows in the order of
 * the native CSV; the manifest, if there is one, under `moesim-trace` in the file's key-value metadata. Other columns are
 * ignored. Memory: one row group, beside what every trace needs.
 */
export const nativeParquet: TokenReader = {
  recognises: (head) => Buffer.from(head.bytes.subarray(0, 4)).toString('latin1') === PARQUET_MAGIC,
  async read(file, builder) {
    const { findings, io } = file
    const parquet = await openParquet(file, file.onRaw)
    const json = parquet.keyValue(MANIFEST_KEY)
    const manifest = json === undefined ? undefined : await parseManifest(json, findings)
    if (manifest !== undefined) judgeModel(manifest, builder.check.expectation, findings)
    const { model, topK } = builder.check.expectation
    const wanted = [...ROW_COLUMNS, ...expertColumns(topK)]
    const missing = wanted.find((name) => !parquet.columns.includes(name))
    if (missing !== undefined)
      findings.stop(`column ${missing} is missing`, undefined, `needed: ${wanted.join(', ')}`)
    if (parquet.columns.includes(`expert_${topK}`)) {
      const columns = parquet.columns.filter((name) => /^expert_\d+$/.test(name))
      findings.stopConflict(
        `the file has ${count(columns.length, 'expert')} per row, model ${model} routes top-${topK}`,
        'pass the model that the trace was recorded with',
      )
    }
    if (manifest !== undefined) builder.hashFile(io)
    const rows = new GroupRows(builder, findings, manifest?.phases === 'assumed')
    for await (const group of parquet.groups(wanted)) rows.take(group)
    rows.end()
    if (manifest !== undefined) {
      judgeRows(manifest, builder, findings)
      builder.manifests.push(manifest)
    }
    return 'read'
  },
  async statedModel(file) {
    const json = (await openParquet(file, () => {})).keyValue(MANIFEST_KEY)
    return json === undefined ? undefined : modelOfManifest(await parseManifest(json, file.findings))
  },
}

/** Takes row groups one by one. */
class GroupRows {
  private readonly builder: RoutingBuilder
  private readonly findings: Findings
  private readonly rows: NativeRows
  /** Rows taken. */
  private done = 0

  constructor(builder: RoutingBuilder, findings: Findings, isPhaseAssumed: boolean) {
    this.builder = builder
    this.findings = findings
    this.rows = new NativeRows(builder, findings, isPhaseAssumed)
  }

  take(group: ParquetGroup): void {
    const { check } = this.builder
    const requests = this.column(group, 'request')
    const phases = this.column(group, 'phase')
    const tokens = this.column(group, 'token')
    const layers = this.column(group, 'layer')
    const experts = expertColumns(check.expectation.topK).map((name) => this.column(group, name))
    const ids: number[] = experts.map(() => 0)
    for (let i = 0; i < group.rows; i++) {
      const row = ++this.done
      const [request, phase] = [requests[i], phases[i]]
      if (typeof request !== 'string') this.refuse(row, 'request must be text', request)
      if (typeof phase !== 'string') this.refuse(row, 'phase must be prefill or decode', phase)
      const token = this.index(row, 'token', tokens[i])
      const layer = this.index(row, 'layer', layers[i])
      const column = this.rows.columnOf(request, token, phase, layer, row)
      for (let slot = 0; slot < experts.length; slot++) ids[slot] = numberOf(experts[slot]![i]) as number
      const problem = check.idsProblem(ids)
      if (problem !== undefined) this.findings.add(`row ${row}: ${problem}`)
      column.append(problem === undefined ? ids : check.placeholder)
    }
  }

  end(): void {
    this.rows.end(this.done)
  }

  private index(row: number, name: string, value: unknown): number {
    const index = numberOf(value)
    if (typeof index === 'number' && Number.isSafeInteger(index) && index >= 0) return index
    return this.refuse(row, `${name} must be a whole number`, index)
  }

  private refuse(row: number, what: string, got: unknown): never {
    return this.findings.stop(
      `row ${row}: ${what}, got ${got === undefined || got === null ? 'nothing' : shown(got)}`,
    )
  }

  /** A column's values in one piece. */
  private column(group: ParquetGroup, name: string): ArrayLike<unknown> {
    const pieces = group.pieces.get(name)!
    const values = pieces.length === 1 ? pieces[0]! : joined(pieces)
    if (values.length !== group.rows) {
      this.findings.stopFile(
        `unreadable Parquet (column ${name} has ${values.length} of ${count(group.rows, 'value')})`,
      )
    }
    return values
  }
}

function joined(pieces: readonly DecodedArray[]): unknown[] {
  const values: unknown[] = []
  for (const piece of pieces) for (const value of piece) values.push(value)
  return values
}

/** 64-bit integers, which pandas writes, as numbers; anything else as it is. */
function numberOf(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value
}

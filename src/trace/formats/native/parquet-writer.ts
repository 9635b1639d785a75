// Writer of moesim's own format as Parquet.
import type { ColumnSource } from 'hyparquet-writer'
import { MANIFEST_KEY } from '../../manifest.ts'
import type { Manifest } from '../../manifest-schema.ts'
import type { RequestRows } from '../../source.ts'
import { type RowSource, rowsOf, type WriteProgress } from './bytes.ts'
import { expertColumns } from './parquet.ts'

/** Rows held and written at a time: small enough to read back with little memory, large enough to compress well. */
const GROUP_ROWS = 2 ** 16

/** The bytes of the file, one row group after the other. Memory: what `source` holds, a request and a row group. */
export async function* parquetBytes(
  source: RowSource,
  manifest: Manifest,
  onProgress: WriteProgress,
): AsyncGenerator<Uint8Array> {
  const { ByteWriter, ParquetWriter } = await import('hyparquet-writer')
  const bytes = new ByteWriter()
  const integers = expertColumns(source.topK)
  const parquet = new ParquetWriter({
    writer: bytes,
    createdBy: 'moesim',
    kvMetadata: [{ key: MANIFEST_KEY, value: JSON.stringify(manifest) }],
    schema: [
      { name: 'root', num_children: 4 + integers.length },
      { name: 'request', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
      { name: 'token', type: 'INT32', repetition_type: 'REQUIRED' },
      { name: 'phase', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
      { name: 'layer', type: 'INT32', repetition_type: 'REQUIRED' },
      ...integers.map((name) => ({ name, type: 'INT32', repetition_type: 'REQUIRED' }) as const),
    ],
  })
  const total = source.requests.reduce((sum, { tokens }) => sum + tokens, 0)
  let tokens = 0
  for await (const { columns, rows } of rowGroups(source)) {
    await parquet.write({ columnData: columns, rowGroupSize: GROUP_ROWS })
    yield taken(bytes)
    tokens += rows / source.layers.length
    await onProgress(tokens, total)
  }
  await parquet.finish()
  yield taken(bytes)
}

/** What has been written since the last time. */
function taken(writer: { index: number; getBytes(): Uint8Array }): Uint8Array {
  const bytes = writer.getBytes().slice()
  // The writer keeps counting its offset by itself; only its buffer begins anew.
  writer.index = 0
  return bytes
}

/** Columns of whole tokens, as many as fit into a row group. */
async function* rowGroups(source: RowSource): AsyncGenerator<{ columns: ColumnSource[]; rows: number }> {
  const group = new RowGroup(source)
  for await (const request of rowsOf(source)) {
    for (let token = 0; token < request.tokens; token++) {
      if (group.rows + source.layers.length > GROUP_ROWS && group.rows > 0) {
        yield { columns: group.take(), rows: group.rows }
        group.rows = 0
      }
      group.add(request, token)
    }
  }
  yield { columns: group.take(), rows: group.rows }
}

/** The rows of one row group while it fills. */
class RowGroup {
  rows = 0
  private readonly topK: number
  private readonly capacity: number
  private readonly requests: string[] = []
  private readonly phases: string[] = []
  private readonly tokens: Int32Array
  private readonly layers: Int32Array
  private readonly experts: readonly Int32Array[]

  constructor({ layers, topK }: Pick<RowSource, 'layers' | 'topK'>) {
    this.topK = topK
    this.capacity = Math.max(GROUP_ROWS, layers.length)
    this.tokens = new Int32Array(this.capacity)
    this.layers = new Int32Array(this.capacity)
    this.experts = Array.from({ length: topK }, () => new Int32Array(this.capacity))
  }

  add({ id, prefillTokens, columns }: RequestRows, token: number): void {
    const { topK } = this
    for (const [layer, ids] of columns) {
      const row = this.rows++
      this.requests[row] = id
      this.phases[row] = token < prefillTokens ? 'prefill' : 'decode'
      this.tokens[row] = token
      this.layers[row] = layer
      for (let slot = 0; slot < topK; slot++) this.experts[slot]![row] = ids[token * topK + slot]!
    }
  }

  take(): ColumnSource[] {
    const { rows } = this
    return [
      { name: 'request', data: this.requests.slice(0, rows) },
      { name: 'token', data: this.tokens.slice(0, rows) },
      { name: 'phase', data: this.phases.slice(0, rows) },
      { name: 'layer', data: this.layers.slice(0, rows) },
      ...expertColumns(this.topK).map((name, slot) => ({
        name,
        data: this.experts[slot]!.slice(0, rows),
      })),
    ]
  }
}

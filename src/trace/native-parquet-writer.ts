// Writer of moesim's own format as Parquet.
import type { ColumnSource } from 'hyparquet-writer'
import { MANIFEST_KEY, type Manifest } from './manifest.ts'
import type { WriteProgress } from './native-bytes.ts'
import { expertColumns } from './native-parquet.ts'
import type { RoutingSource } from './source.ts'

/** Rows held and written at a time: small enough to read back with little memory, large enough to compress well. */
const GROUP_ROWS = 2 ** 16

/** The bytes of the file, one row group after the other. Memory: all layers of `source`, and one row group. */
export async function* parquetBytes(
  source: RoutingSource,
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
  for (const { columns, rows } of rowGroups(source)) {
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
function* rowGroups(source: RoutingSource): Generator<{ columns: ColumnSource[]; rows: number }> {
  const group = new RowGroup(source)
  for (const request of source.requests) {
    for (let token = 0; token < request.tokens; token++) {
      if (group.rows + source.layers.length > GROUP_ROWS && group.rows > 0) {
        yield { columns: group.take(), rows: group.rows }
        group.rows = 0
      }
      group.add(request.id, token, token < request.prefillTokens ? 'prefill' : 'decode')
    }
  }
  yield { columns: group.take(), rows: group.rows }
}

/** The rows of one row group while it fills. */
class RowGroup {
  rows = 0
  private readonly source: RoutingSource
  private readonly layerIds: readonly Uint16Array[]
  private readonly capacity: number
  private readonly requests: string[] = []
  private readonly phases: string[] = []
  private readonly tokens: Int32Array
  private readonly layers: Int32Array
  private readonly experts: readonly Int32Array[]
  /** Number of the next token, counted over all requests. */
  private token = 0

  constructor(source: RoutingSource) {
    this.source = source
    this.capacity = Math.max(GROUP_ROWS, source.layers.length)
    this.layerIds = source.layers.map((layer) => source.layerExperts(layer))
    this.tokens = new Int32Array(this.capacity)
    this.layers = new Int32Array(this.capacity)
    this.experts = Array.from({ length: source.topK }, () => new Int32Array(this.capacity))
  }

  add(request: string, token: number, phase: string): void {
    const { layers, topK } = this.source
    for (let place = 0; place < layers.length; place++, this.rows++) {
      const row = this.rows
      this.requests[row] = request
      this.phases[row] = phase
      this.tokens[row] = token
      this.layers[row] = layers[place]!
      const ids = this.layerIds[place]!
      for (let slot = 0; slot < topK; slot++) this.experts[slot]![row] = ids[this.token * topK + slot]!
    }
    this.token++
  }

  take(): ColumnSource[] {
    const { rows } = this
    return [
      { name: 'request', data: this.requests.slice(0, rows) },
      { name: 'token', data: this.tokens.slice(0, rows) },
      { name: 'phase', data: this.phases.slice(0, rows) },
      { name: 'layer', data: this.layers.slice(0, rows) },
      ...expertColumns(this.source.topK).map((name, slot) => ({
        name,
        data: this.experts[slot]!.slice(0, rows),
      })),
    ]
  }
}

// A sweep as Parquet: the columns of the CSV, typed.
import type { SchemaElement } from 'hyparquet'
import type { MergedSweep } from '../../sweep/merge.ts'
import { type Front, rowsOf, type SweepColumn, sweepColumns } from './columns.ts'

/** Rows held and written at a time. */
const GROUP_ROWS = 2 ** 14

const TYPES = { text: 'BYTE_ARRAY', number: 'DOUBLE', whether: 'BOOLEAN' } as const

/** The bytes of the file, one row group after the other. */
export async function* sweepParquet(merged: MergedSweep, front: Front): AsyncGenerator<Uint8Array, void> {
  const { ByteWriter, ParquetWriter } = await import('hyparquet-writer')
  const columns = await sweepColumns(merged, front)
  const bytes = new ByteWriter()
  const parquet = new ParquetWriter({
    writer: bytes,
    createdBy: 'moesim',
    schema: [{ name: 'root', num_children: columns.length }, ...columns.map(schemaOf)],
  })
  let cells: (string | number | boolean | undefined)[][] = columns.map(() => [])
  const flush = async () => {
    const columnData = columns.map(({ name }, i) => ({ name, data: cells[i]! }))
    await parquet.write({ columnData, rowGroupSize: GROUP_ROWS })
    cells = columns.map(() => [])
  }
  for await (const point of merged.points()) {
    for (const row of rowsOf(point, front))
      for (const [i, { cell }] of columns.entries()) cells[i]!.push(cell(row))
    if (cells[0]!.length < GROUP_ROWS) continue
    await flush()
    yield taken(bytes)
  }
  if (cells[0]!.length > 0) await flush()
  await parquet.finish()
  yield taken(bytes)
}

function schemaOf({ name, kind }: SweepColumn): SchemaElement {
  return {
    name,
    type: TYPES[kind],
    ...(kind === 'text' && { converted_type: 'UTF8' }),
    repetition_type: 'OPTIONAL',
  }
}

/** What has been written since the last time. */
function taken(writer: { index: number; getBytes(): Uint8Array }): Uint8Array {
  const bytes = writer.getBytes().slice()
  // The writer keeps counting its offset by itself; only its buffer begins anew.
  writer.index = 0
  return bytes
}

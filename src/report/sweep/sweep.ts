// The table of output formats of a sweep: text or bytes, piece by piece.
import type { ChalkInstance } from 'chalk'
import type { MergedSweep } from '../../sweep/merge.ts'
import type { Front } from './columns.ts'
import { sweepCsv } from './csv.ts'
import { sweepJsonl } from './jsonl.ts'
import { sweepParquet } from './parquet.ts'
import { sweepTable } from './table.ts'

export type SweepFormat = 'table' | 'jsonl' | 'csv' | 'parquet'

type Render = (
  merged: MergedSweep,
  front: Front,
  chalk: ChalkInstance,
  width?: number,
) => AsyncIterable<string | Uint8Array>

/** Only the table is coloured. */
export const sweepFormats: Readonly<Record<SweepFormat, Render>> = {
  async *table(merged, front, chalk, width) {
    yield await sweepTable(merged, front, chalk, width)
  },
  jsonl: sweepJsonl,
  csv: sweepCsv,
  parquet: sweepParquet,
}

// A sweep as CSV: the unit in each column's name, a row for each scheduler at each point.
import type { MergedSweep } from '../../sweep/merge.ts'
import { csvLine } from '../csv.ts'
import { type Front, rowsOf, sweepColumns } from './columns.ts'

export async function* sweepCsv(merged: MergedSweep, front: Front): AsyncGenerator<string, void> {
  const columns = await sweepColumns(merged, front)
  yield csvLine(columns.map(({ name }) => name))
  for await (const point of merged.points()) {
    for (const row of rowsOf(point, front)) yield csvLine(columns.map(({ cell }) => `${cell(row) ?? ''}`))
  }
}

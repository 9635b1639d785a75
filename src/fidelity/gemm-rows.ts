// Rows of SCALE-Sim's gemm_cycles.csv, and of the table of its closed forms.
import type { GemmWork } from './models.ts'
import type { ReferenceRow } from './reference-rows.ts'
import type { Replay } from './replay.ts'
import type { TableName } from './tables.ts'

const SHARED_COLUMNS = ['dataflow', 'array', 'M', 'N', 'K']
export const GEMM_COLUMNS = [...SHARED_COLUMNS, 'bandwidth_mode', 'compute_cycles']
export const GEMM_CLOSED_FORM_COLUMNS = [...SHARED_COLUMNS, 'compute_cycles_closed_form']

/** CALC rows never wait for memory; in USER rows the bandwidth is limited. Throws RowProblem. */
export function gemmReplay(row: ReferenceRow): Replay {
  const isLimited = row.oneOf('bandwidth_mode', ['CALC', 'USER']) === 'USER'
  const table = isLimited ? 'systolic, limited bandwidth' : 'systolic runs'
  return replayOf(row, table, 'compute_cycles')
}

/** Rows that are SCALE-Sim's formula and no runs. Throws RowProblem. */
export function gemmClosedFormReplay(row: ReferenceRow): Replay {
  return replayOf(row, 'systolic closed forms', 'compute_cycles_closed_form')
}

function replayOf(row: ReferenceRow, table: TableName, column: string): Replay {
  const dataflow = row.oneOf('dataflow', ['ws', 'os', 'is'])
  const [rows, columns] =
    /^([1-9]\d{0,5})x([1-9]\d{0,5})$/.exec(row.text('array'))?.slice(1).map(Number) ?? []
  if (rows === undefined || columns === undefined) row.refuse('array', 'rows x columns such as 32x32')
  const [m, k, n] = [row.whole('M', 1), row.whole('K', 1), row.whole('N', 1)]
  const work: GemmWork = { array: { rows, columns, dataflow }, m, k, n }
  const bandwidth = row.has('bandwidth_words_per_cycle') ? row.text('bandwidth_words_per_cycle') : ''
  const limit = bandwidth === '' ? '' : `, ${bandwidth} words per cycle`
  return {
    expected: [
      {
        table,
        row: `${dataflow} ${row.text('array')}, M=${m} K=${k} N=${n}${limit}`,
        reference: row.positive(column),
      },
    ],
    values: (models) => [models.gemmCycles(work)],
  }
}

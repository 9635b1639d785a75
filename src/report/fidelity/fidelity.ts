// The errors of the fidelity study for people: one table per area, and with them every row where it is asked for.
import type { ChalkInstance } from 'chalk'
import type { OutputFormat } from '../../config/experiment/experiment.ts'
import type { FidelityRow, FidelityTable } from '../../fidelity/errors.ts'
import type { FidelityResult } from '../../fidelity/run-fidelity.ts'
import { AREAS, type Area } from '../../fidelity/tables.ts'
import { type GridColumn, titledGrid } from '../grid.ts'
import { escaped, markdownGrid } from '../markdown-grid.ts'
import { fidelityCsv, fidelityJson } from './data.ts'

interface Section {
  readonly title: string
  readonly columns: readonly GridColumn[]
  readonly rows: readonly (readonly string[])[]
}

type Renderer = (result: FidelityResult, withRows: boolean, chalk: ChalkInstance, width?: number) => string

export const fidelityFormats: Readonly<Record<OutputFormat, Renderer>> = {
  table: (result, withRows, chalk, width) =>
    sections(result, withRows)
      .map((grid) => titledGrid(grid, chalk, width))
      .join('\n'),
  json: fidelityJson,
  csv: fidelityCsv,
  markdown: (result, withRows) => sections(result, withRows).map(markdownSection).join('\n'),
}

interface Column<T> extends GridColumn {
  readonly cell: (item: T) => string
}

const left = <T>(header: string, cell: (item: T) => string): Column<T> => ({ header, align: 'left', cell })
const right = <T>(header: string, cell: (item: T) => string): Column<T> => ({ header, align: 'right', cell })

const limit = (value: number | null) => (value === null ? '-' : `${value}`)
/** Two decimals; what rounds to nothing has no sign. */
const pct = (value: number) => value.toFixed(2).replace(/^-(0\.00)$/, '$1')

const NAME = [
  left<FidelityTable>('table', ({ name }) => name),
  right<FidelityTable>('rows', ({ rows }) => `${rows}`),
]
const REST: readonly Column<FidelityTable>[] = [
  right('worst\n[%]', ({ worstAbsErrorPct }) => pct(worstAbsErrorPct)),
  right('limit\n[%]', ({ limitWorstPct }) => limit(limitWorstPct)),
  right('bias\n[%]', ({ biasPct }) => pct(biasPct)),
  left('verdict', (table) => verdict(table)),
  left('worst row', ({ worstAbsErrorPct, worstRow }) => (worstAbsErrorPct === 0 ? '-' : worstRow)),
]
const SIMULATED: readonly Column<FidelityTable>[] = [
  ...NAME,
  right('mean error\n[%]', ({ meanAbsErrorPct }) => pct(meanAbsErrorPct)),
  right('limit\n[%]', ({ limitMeanPct }) => limit(limitMeanPct)),
  ...REST,
]
const MEASURED: readonly Column<FidelityTable>[] = [
  ...NAME,
  right('median\n[%]', ({ medianAbsErrorPct }) => pct(medianAbsErrorPct)),
  right('limit\n[%]', ({ limitMedianPct }) => limit(limitMedianPct)),
  right('p90\n[%]', ({ p90AbsErrorPct }) => pct(p90AbsErrorPct)),
  right('limit\n[%]', ({ limitP90Pct }) => limit(limitP90Pct)),
  ...REST,
]
/** Title and columns by area. */
const SUMMARIES: Readonly<Record<Area, readonly [string, readonly Column<FidelityTable>[]]>> = {
  network: ['network: error of the time', SIMULATED],
  memory: ['memory: error of the time', SIMULATED],
  compute: ['compute: error of the time', SIMULATED],
  silicon: ['silicon: error against measured hardware, on rows that no constant was fitted on', MEASURED],
}

const detailsOf = ({ unit }: FidelityTable): readonly Column<FidelityRow>[] => [
  left('row', ({ row }) => row),
  right(`reference\n[${unit}]`, ({ reference }) => amount(reference)),
  right(`ours\n[${unit}]`, ({ ours }) => amount(ours)),
  right('error\n[%]', ({ errorPct }) => pct(errorPct)),
]

function verdict({ pass }: FidelityTable): string {
  if (pass === undefined) return 'no limit'
  return pass ? 'ok' : 'OVER'
}

/** Whole where it is whole, one decimal otherwise; of small numbers three digits. */
function amount(value: number): string {
  if (Number.isInteger(value)) return `${value}`
  return value < 10 ? value.toFixed(2) : value.toFixed(1)
}

function sections({ tables }: FidelityResult, withRows: boolean): Section[] {
  const section = <T>(title: string, columns: readonly Column<T>[], items: readonly T[]): Section => ({
    title,
    columns,
    rows: items.map((item) => columns.map((column) => column.cell(item))),
  })
  const summaries = AREAS.map((area) => {
    const own = tables.filter((table) => table.area === area)
    const [title, columns] = SUMMARIES[area]
    return section(title, columns, own)
  })
  const details = withRows ? tables.map((table) => section(table.name, detailsOf(table), table.details)) : []
  return [...summaries.filter(({ rows }) => rows.length > 0), ...details]
}

function markdownSection({ title, columns, rows }: Section): string {
  return `### ${escaped(title)}\n\n${markdownGrid(columns, rows)}`
}

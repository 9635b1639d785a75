// The curves of reproduced figures that are too long to print: lines over the rows of their data tables.
import { invariant } from '../../../errors.ts'
import type { DataTable } from '../../../papers/figure.ts'
import type { Chart, ChartRow } from '../page.ts'

/** Which columns of a table are drawn as what, by their names. */
interface Recipe {
  readonly x: string
  readonly y: string
  readonly color: string
  readonly facet?: string
}

/** By figure and table; a figure with one table for each of several settings has the start of their names. */
const RECIPES: readonly (Recipe & { readonly figure: string; readonly table: string })[] = [
  { figure: 'F2', table: 'curves', x: 'rank', y: 'tokens of the expert', color: 'tokens', facet: 'model' },
  { figure: 'F11', table: 'courses', x: 'bin start', y: 'utilization', color: 'scheduler', facet: 'model' },
  { figure: 'F16a', table: 'map-', x: 'DDR of a die', y: 'utilization', color: 'slots of a die' },
  {
    figure: 'F16b',
    table: 'map',
    x: 'DDR of a die',
    y: 'utilization',
    color: 'slots of a die',
    facet: 'D2D',
  },
]

const WIDTH = 340
const FACET_COLUMNS = 2
/** From nothing to all of it: the same rise looks the same in every figure. */
const SHARE_AXIS = { scale: { domain: [0, 1] }, axis: { format: '~%' } }
const PS_PER_MS = 1e9

/** Undefined for tables that are no curves. */
export function curvesChart(figure: string, table: DataTable): Chart | undefined {
  const recipe = RECIPES.find((each) => each.figure === figure && table.name.startsWith(each.table))
  if (recipe === undefined || table.rows.length === 0) return undefined
  const [x, y] = [columnOf(table, recipe.x), columnOf(table, recipe.y)]
  const color = columnOf(table, recipe.color)
  const facet = recipe.facet === undefined ? undefined : columnOf(table, recipe.facet)
  const values = table.rows.map(
    (row): ChartRow => ({
      ...{ x: x.shown(row), y: y.shown(row), color: `${color.shown(row)}` },
      ...(facet && { facet: `${facet.shown(row)}` }),
    }),
  )
  const unit = {
    mark: { type: 'line', point: values.length < 200 } as const,
    encoding: {
      x: { field: 'x', type: 'quantitative', title: x.title, scale: { zero: false } },
      y: { field: 'y', type: 'quantitative', title: y.title, ...(y.isShare && SHARE_AXIS) },
      color: {
        field: 'color',
        type: 'nominal',
        sort: null,
        title: color.title,
        legend: { orient: 'top', columns: 4 },
      },
      tooltip: [
        ...(facet ? [{ field: 'facet', title: facet.title }] : []),
        { field: 'color', title: color.title },
        { field: 'x', title: x.title },
        { field: 'y', title: y.title },
      ] as { field: string; title: string }[],
    } as const,
  }
  return {
    id: `${figure}-${table.name}`.toLowerCase(),
    title: `${figure}: ${table.title}`,
    caption: 'Our numbers: what --output-dir writes as CSV.',
    spec:
      facet === undefined
        ? { data: { values }, width: 2 * WIDTH, height: 300, ...unit }
        : {
            data: { values },
            facet: { field: 'facet', type: 'nominal', sort: null, title: facet.title },
            columns: FACET_COLUMNS,
            spec: { width: WIDTH, height: 200, ...unit },
          },
  }
}

interface ShownColumn {
  readonly title: string
  readonly isShare: boolean
  readonly shown: (row: DataTable['rows'][number]) => string | number
}

/** Picoseconds become milliseconds; all other units stay as they are. */
function columnOf(table: DataTable, name: string): ShownColumn {
  const index = table.columns.findIndex((column) => column.name === name)
  invariant(index >= 0, () => `table ${table.name} has no column "${name}"`)
  const { unit } = table.columns[index]!
  if (unit === 'ps') {
    return { title: `${name} [ms]`, isShare: false, shown: (row) => Number(row[index]) / PS_PER_MS }
  }
  const isShare = unit === 'share'
  const title = unit === undefined || isShare ? name : `${name} [${unit}]`
  return { title, isShare, shown: (row) => row[index]! }
}

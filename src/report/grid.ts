// A grid of text for the terminal: aligned columns without borders, a rule under the header, no wider than it should be.
import type { ChalkInstance } from 'chalk'
import Table from 'cli-table3'
import stringWidth from 'string-width'
import { visible } from '../visible.ts'
import { fitGrid, type Grid, type GridColumn, TABLE_COLUMNS } from './fit.ts'
import { prose } from './prose.ts'

export type { GridColumn }

const NO_BORDERS = Object.fromEntries(
  'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid'
    .split(' ')
    .map((part) => [part, '']),
)

/** Rows laid out at a time: cli-table3 compares each cell with all rows above it. */
const PAGE_ROWS = 50

/** `width`: characters of a line, Infinity for as many as it takes. */
export function renderGrid(
  columns: readonly GridColumn[],
  rows: readonly (readonly string[])[],
  chalk: ChalkInstance,
  width = TABLE_COLUMNS,
): string {
  const shown = rows.map((row) => row.map(visible))
  return fitGrid({ columns, rows: shown }, width)
    .map((grid) => drawn(grid, chalk))
    .join('\n')
}

/** The same under its title. */
export function titledGrid(
  { title, columns, rows }: Grid & { readonly title: string },
  chalk: ChalkInstance,
  width?: number,
): string {
  return `${chalk.bold(prose(title, width))}\n${renderGrid(columns, rows, chalk, width)}`
}

function drawn({ columns, rows }: Grid, chalk: ChalkInstance): string {
  const widths = columns.map(({ header }, c) => widest([header, ...rows.map((row) => row[c] ?? '')]))
  const depth = Math.max(...columns.map((column) => column.header.split('\n').length))
  const lines = [
    columns.map((column) => headerCell(column.header, depth, chalk)),
    widths.map((width) => '-'.repeat(width)),
    ...rows,
  ]
  let text = ''
  for (let from = 0; from < lines.length; from += PAGE_ROWS) {
    const table = new Table({
      chars: { ...NO_BORDERS, middle: '  ' },
      colAligns: columns.map((column) => column.align),
      colWidths: widths,
      // cli-table3 colours headers and borders unless told otherwise, whether or not anybody wants colour.
      style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    })
    for (const line of lines.slice(from, from + PAGE_ROWS)) table.push([...line])
    for (const line of table.toString().split('\n')) text += `${line.trimEnd()}\n`
  }
  return text
}

/** Bold line by line, so that no colour code crosses a line break; filled up so that headers sit on the rule. */
function headerCell(header: string, depth: number, chalk: ChalkInstance): string {
  const lines = header.split('\n')
  return [...Array<string>(depth - lines.length).fill(''), ...lines.map((line) => chalk.bold(line))].join(
    '\n',
  )
}

const widest = (texts: readonly string[]) =>
  texts.flatMap((text) => text.split('\n')).reduce((most, line) => Math.max(most, stringWidth(line)), 0)

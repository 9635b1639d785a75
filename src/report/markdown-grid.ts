// A grid as a GitHub Markdown table.
import { visible } from '../visible.ts'
import type { GridColumn } from './grid.ts'

export function markdownGrid(columns: readonly GridColumn[], rows: readonly (readonly string[])[]): string {
  const header = columns.map((column) => escaped(column.header))
  const rule = columns.map((column) => (column.align === 'right' ? '---:' : '---'))
  const lines = [header, rule, ...rows.map((row) => row.map(escaped))]
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}

/** What would end a cell or start markup in a name or path. */
export function escaped(text: string): string {
  return visible(text.replaceAll('\n', ' ')).replaceAll(/[\\|*_`<]/g, (mark) => `\\${mark}`)
}

// A result for the terminal: what was run, then the speedup and memory tables.
import type { ChalkInstance } from 'chalk'
import type { RunResult } from '../sim/result.ts'
import { TABLE_COLUMNS } from './fit.ts'
import { renderGrid } from './grid.ts'
import { headline } from './headline.ts'
import { sections } from './sections.ts'

/** `width`: see renderGrid; where it has no end, all columns. */
export function renderTable(result: RunResult, chalk: ChalkInstance, width = TABLE_COLUMNS): string {
  const lines = headline(result).map(({ label, text }) => `${chalk.dim(label.padEnd(9))} ${text}\n`)
  const tables = sections(result, width === Infinity).map(
    ({ title, columns, rows }) => `\n${chalk.bold(title)}\n${renderGrid(columns, rows, chalk, width)}`,
  )
  return [...lines, ...tables].join('')
}

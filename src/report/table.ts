// A result for the terminal: what was run, then the speedup and memory tables.
import type { ChalkInstance } from 'chalk'
import type { RunResult } from '../sim/result.ts'
import { renderGrid } from './grid.ts'
import { headline } from './headline.ts'
import { sections } from './sections.ts'

export function renderTable(result: RunResult, chalk: ChalkInstance): string {
  const lines = headline(result).map(({ label, text }) => `${chalk.dim(label.padEnd(9))} ${text}\n`)
  const tables = sections(result).map(
    ({ title, columns, rows }) => `\n${chalk.bold(title)}\n${renderGrid(columns, rows, chalk)}`,
  )
  return [...lines, ...tables].join('')
}

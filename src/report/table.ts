// A result for the terminal: what was run, then the speedup and memory tables.
import type { ChalkInstance } from 'chalk'
import type { RunResult } from '../sim/result.ts'
import { TABLE_COLUMNS } from './fit.ts'
import { titledGrid } from './grid.ts'
import { headline } from './headline.ts'
import { factLines } from './prose.ts'
import { sections } from './sections.ts'

/** `width`: see renderGrid; where it has no end, all columns. */
export function renderTable(result: RunResult, chalk: ChalkInstance, width = TABLE_COLUMNS): string {
  const tables = sections(result, width === Infinity).map((grid) => `\n${titledGrid(grid, chalk, width)}`)
  return [factLines(headline(result), chalk, width), ...tables].join('')
}

// The table of output formats: a renderer each, from a result to text.
import type { ChalkInstance } from 'chalk'
import type { OutputFormat } from '../config/experiment/experiment.ts'
import type { RunResult } from '../sim/result.ts'
import { renderCsv } from './csv.ts'
import { renderJson } from './json.ts'
import { renderMarkdown } from './markdown.ts'
import { renderTable } from './table.ts'

type Render = (result: RunResult, chalk: ChalkInstance, width?: number) => string

/** Only the table is coloured and has a width; `chalk` comes from the cli, which knows whether colour is wanted. */
export const formats: Readonly<Record<OutputFormat, Render>> = {
  table: renderTable,
  json: renderJson,
  csv: renderCsv,
  markdown: renderMarkdown,
}

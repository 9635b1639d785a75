// A comparison of saved results for people, spreadsheets and programs: table, JSON, CSV, Markdown.
import type { ChalkInstance } from 'chalk'
import type { ComparedCell, ComparedMetric, Comparison } from '../check/compare.ts'
import type { OutputFormat } from '../config/experiment/experiment.ts'
import { visible } from '../visible.ts'
import { BY_UNIT, plain, ratio } from './cells.ts'
import { csvRow } from './csv.ts'
import { type GridColumn, titledGrid } from './grid.ts'
import { escaped, markdownGrid } from './markdown-grid.ts'
import { prose } from './prose.ts'

export const compareFormats: Readonly<
  Record<OutputFormat, (comparison: Comparison, chalk: ChalkInstance, width?: number) => string>
> = { table: renderTable, json: renderJson, csv: renderCsv, markdown: renderMarkdown }

interface Grid {
  readonly title: string
  readonly columns: readonly GridColumn[]
  readonly rows: readonly (readonly string[])[]
}

function renderTable(comparison: Comparison, chalk: ChalkInstance, width?: number): string {
  const files = fileLines(comparison).map(([label, text]) => `${chalk.dim(label)}  ${text}\n`)
  const tables = grids(comparison).map((grid) => `\n${titledGrid(grid, chalk, width)}`)
  return [
    ...files,
    ...tables,
    '\n',
    ...remarks(comparison).map((remark) => `${prose(remark, width)}\n`),
  ].join('')
}

function renderMarkdown(comparison: Comparison): string {
  const files = fileLines(comparison).map(([label, text]) => `- **${label}**: ${escaped(text)}\n`)
  const tables = grids(comparison).map(
    ({ title, columns, rows }) => `\n### ${escaped(title)}\n\n${markdownGrid(columns, rows)}`,
  )
  return [...files, ...tables, '\n', ...remarks(comparison).map((remark) => `${escaped(remark)}\n`)].join('')
}

/** A row per metric, scheduler and result; the config changes are not in it. */
function renderCsv({ files, metrics }: Comparison): string {
  const header = ['metric', 'unit', 'scheduler', 'result', 'file', 'value', 'ci95']
  const rows = [[...header, 'relation', 'relationValue', 'relationCi95', 'pairedSeeds']]
  for (const { metric, unit, isTime, rows: schedulers } of metrics) {
    for (const { scheduler, cells } of schedulers) {
      cells.forEach((cell, i) => {
        if (cell === undefined) return
        const { value, ci95, relation } = cell
        rows.push([
          ...[metric, unit, scheduler, letter(i), files[i]!.file, `${value}`, `${ci95 ?? ''}`],
          ...[relation ? relationKind(isTime) : '', `${relation?.value ?? ''}`, `${relation?.ci95 ?? ''}`],
          relation ? `${relation.pairedSeeds.length}` : '',
        ])
      })
    }
  }
  return rows.map(csvRow).join('')
}

/** Absent values as null, so that every row has a cell per result. */
function renderJson({ files, changes, metrics }: Comparison): string {
  const document = {
    schemaVersion: 1,
    results: files.map(({ file, result }, i) => {
      const { moesim, baseline, seeds, configSha256, traceSha256 } = result
      return { label: letter(i), file, moesim, baseline, seeds, configSha256, traceSha256 }
    }),
    changes: changes.map(({ path, values }) => ({ path, values: values.map((value) => value ?? null) })),
    metrics: metrics.map(({ metric, unit, isTime, rows }) => ({
      metric,
      unit,
      relation: relationKind(isTime),
      rows: rows.map(({ scheduler, cells }) => ({ scheduler, cells: cells.map((cell) => cell ?? null) })),
    })),
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

/** `speedup`: the time of the first result over the own; `ratio`: the own value over that of the first. */
const relationKind = (isTime: boolean) => (isTime ? 'speedup' : 'ratio')

/** The name of a result in tables. */
const letter = (index: number) => String.fromCharCode('A'.charCodeAt(0) + index)

function fileLines({ files }: Comparison): [string, string][] {
  return files.map(({ file, result: { baseline, seeds } }, i) => {
    const seedText = seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${seeds.join(', ')}`
    return [letter(i), visible(`${file} (baseline ${baseline}, ${seedText})`)]
  })
}

function grids(comparison: Comparison): Grid[] {
  const { files, changes, metrics } = comparison
  const letters = files.map((_, i) => letter(i))
  const changed: Grid = {
    title: changes.length === 0 ? 'what differs between them: nothing' : 'what differs between them',
    columns: [
      { header: 'setting', align: 'left' },
      ...letters.map((header): GridColumn => ({ header, align: 'left' })),
    ],
    rows: changes.map(({ path, values }) => [path, ...values.map(settingText)]),
  }
  return [...metrics.map((metric) => metricGrid(metric, letters)), changed]
}

function metricGrid({ metric, unit, isTime, rows }: ComparedMetric, letters: readonly string[]): Grid {
  const format = BY_UNIT[unit] ?? plain
  const columns = letters.flatMap((name, i): GridColumn[] => {
    const value: GridColumn = { header: name, align: 'right' }
    const relation = isTime ? `${name} over A\nspeedup [x]` : `${name} / A\n[x]`
    return i === 0 ? [value] : [value, { header: relation, align: 'right' }]
  })
  return {
    title: unit in BY_UNIT ? metricTitle(metric) : `${metricTitle(metric)} [${unit}]`,
    columns: [{ header: 'scheduler', align: 'left' }, ...columns],
    rows: rows.map(({ scheduler, cells }) => [
      scheduler,
      ...cells.flatMap((cell, i) => [
        withInterval(cell, format),
        ...(i === 0 ? [] : [withInterval(cell?.relation, ratio)]),
      ]),
    ]),
  }
}

/** A metric whose name alone would mislead beside other speedups. */
const metricTitle = (metric: string) =>
  metric === 'speedup' ? 'speedup over the baseline of each result [x]' : metric

function withInterval(
  cell: Pick<ComparedCell, 'value' | 'ci95'> | undefined,
  format: (value: number) => string,
): string {
  if (cell === undefined) return '-'
  return cell.ci95 === undefined ? format(cell.value) : `${format(cell.value)} ± ${format(cell.ci95)}`
}

const MOST_SETTING_CHARACTERS = 36

function settingText(value: unknown): string {
  if (value === undefined) return '-'
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > MOST_SETTING_CHARACTERS ? `${text.slice(0, MOST_SETTING_CHARACTERS - 3)}...` : text
}

/** What the numbers rest on, in a line for each way in which it was done. */
function remarks({ files, metrics }: Comparison): string[] {
  const first = files[0]!.result
  const lines = files.slice(1).map(({ result }, at) => {
    const i = at + 1
    const relations = metrics.flatMap(({ rows }) => rows.flatMap(({ cells }) => cells[i]?.relation ?? []))
    const name = letter(i)
    if (relations.length === 0) return `${name} has no scheduler in common with A.`
    const seeds = relations.find(({ pairedSeeds }) => pairedSeeds.length > 0)?.pairedSeeds
    if (seeds !== undefined && seeds.length > 1)
      return `${name} against A: mean of the ratios over seeds ${seeds.join(', ')}, each seed paired with itself, ± 95 % interval.`
    if (seeds !== undefined)
      return `${name} against A: one run each with seed ${seeds[0]}, so without an interval.`
    const why =
      first.seeds.some((seed) => result.seeds.includes(seed)) &&
      (first.seeds.length > 1 || result.seeds.length > 1)
        ? 'fewer than two seeds have values in both'
        : 'they have no seeds in common'
    return `${name} against A: ratio of the means, not paired, because ${why}; intervals are those of each result alone.`
  })
  const isElsewhere = files.some(
    ({ result }) => result.traceSha256 !== first.traceSha256 && `${result.seeds}` === `${first.seeds}`,
  )
  return isElsewhere ? [...lines, 'They are not all on the same routing decisions.'] : lines
}

// What `moesim trace analyze` prints: the summary with its reference levels, then the main values of each layer.
import type { ChalkInstance } from 'chalk'
import {
  STATISTICS,
  type StatisticId,
  type StatisticPhase,
  type SummaryMeasure,
} from '../../trace/statistics/measure.ts'
import { entriesOf, type TraceStatistics } from '../../trace/statistics/result.ts'
import { count } from '../cells.ts'
import { type GridColumn, renderGrid } from '../grid.ts'
import { factLines, prose } from '../prose.ts'
import { statisticsCsv, statisticsJson } from './statistics-data.ts'

type Render = (result: TraceStatistics, chalk: ChalkInstance, width?: number) => string

export const traceStatisticsFormats: Readonly<Record<'table' | 'json' | 'csv', Render>> = {
  table: statisticsTable,
  json: statisticsJson,
  csv: statisticsCsv,
}

const ABSENT = '-'

function statisticsTable(result: TraceStatistics, chalk: ChalkInstance, width?: number): string {
  const parts = [
    factsText(result, chalk, width),
    summaryTable(result, chalk, width),
    layerTable(result, chalk, width),
  ]
  const { layers, trace } = result
  if (layers.some(({ taskGroups }) => taskGroups !== undefined)) {
    parts.push(`${chalk.bold('Experts hot in 90 % of the tasks')}\n${taskTable(result, chalk, width)}`)
  }
  const missing = missingText(result, width)
  if (missing !== '') parts.push(missing)
  if (trace.phases === 'assumed') {
    const assumed = 'The trace does not say which tokens are the prompt: all tokens of a request count alike.'
    parts.push(`${prose(assumed, width)}\n`)
  }
  return parts.join('\n')
}

function factsText({ trace, seed }: TraceStatistics, chalk: ChalkInstance, width?: number): string {
  const { path, model, experts, topK, layers, requests, tokens } = trace
  const size =
    requests === undefined || tokens === undefined
      ? 'counts only'
      : `${count(requests)} requests, ${count(tokens.prefill)} prefill and ${count(tokens.decode)} decode tokens`
  const facts = [
    { label: 'trace', text: path },
    {
      label: 'model',
      text: `${model} (${count(experts)} experts, top-${topK}), ${count(layers.length)} layers`,
    },
    { label: 'holds', text: size },
    { label: 'seed', text: `${seed}` },
  ]
  return factLines(facts, chalk, width)
}

const SUMMARY_COLUMNS: readonly GridColumn[] = [
  { header: 'statistic, mean over layers', align: 'left' },
  { header: 'tokens', align: 'left' },
  ...['value', 'min', 'max', 'uniform', 'popularity', 'shuffled', 'same\nrequest'].map(
    (header) => ({ header, align: 'right' }) as const,
  ),
]

function summaryTable({ summary }: TraceStatistics, chalk: ChalkInstance, width?: number): string {
  const rows = entriesOf(summary).map(({ id, phase, measure }) => [
    STATISTICS[id].title,
    phase,
    ...SUMMARY_VALUES.map((field) => number(measure[field])),
  ])
  return renderGrid(SUMMARY_COLUMNS, rows, chalk, width)
}

const SUMMARY_VALUES = [
  'mean',
  'min',
  'max',
  'uniform',
  'popularity',
  'shuffled',
  'sameRequest',
] as const satisfies readonly (keyof SummaryMeasure)[]

interface LayerColumn {
  readonly header: string
  readonly id: StatisticId
  readonly phase: StatisticPhase
}

/** What a row per layer has room for; CSV and JSON have all. */
const LAYER_COLUMNS: readonly LayerColumn[] = [
  { header: 'max /\nmean', id: 'max-over-mean', phase: 'all' },
  { header: 'CV', id: 'cv', phase: 'all' },
  { header: 'Gini', id: 'gini', phase: 'all' },
  { header: 'Zipf s', id: 'zipf-s', phase: 'all' },
  { header: 'reuse\nprefill', id: 'reuse', phase: 'prefill' },
  { header: 'reuse\ndecode', id: 'reuse', phase: 'decode' },
  { header: 'mass S1', id: 'cross-layer-mass', phase: 'all' },
  { header: 'coverage', id: 'cross-layer-coverage', phase: 'all' },
  { header: 'mass S2', id: 'cross-token-mass', phase: 'all' },
  { header: 'prefill ~\ndecode', id: 'phase-spearman', phase: 'all' },
  { header: 'pair\nshare', id: 'pair-share', phase: 'all' },
]

function layerTable({ layers, summary }: TraceStatistics, chalk: ChalkInstance, width?: number): string {
  const shown = LAYER_COLUMNS.filter(({ id, phase }) => summary[id]?.[phase] !== undefined)
  const columns: GridColumn[] = ['layer', 'hottest\nexpert', ...shown.map(({ header }) => header)].map(
    (header) => ({ header, align: 'right' }),
  )
  const rows = layers.map(({ layer, hottestExpert, measures }) => [
    `${layer}`,
    `${hottestExpert}`,
    ...shown.map(({ id, phase }) => number(measures[id]?.[phase]?.value)),
  ])
  return renderGrid(columns, rows, chalk, width)
}

function taskTable({ layers }: TraceStatistics, chalk: ChalkInstance, width?: number): string {
  const columns: GridColumn[] = [
    { header: 'layer', align: 'right' },
    { header: 'group', align: 'left' },
    { header: 'tasks', align: 'right' },
    { header: 'experts', align: 'left' },
  ]
  const rows = layers.flatMap(({ layer, taskGroups = [], sharedExperts }) => [
    ...taskGroups.map(({ group, tasks, commonExperts }) => [
      `${layer}`,
      group === '' ? 'all' : group,
      count(tasks),
      commonExperts.join(' ') || ABSENT,
    ]),
    ...(sharedExperts ? [[`${layer}`, 'in every group', '', sharedExperts.join(' ') || ABSENT]] : []),
  ])
  return renderGrid(columns, rows, chalk, width)
}

/** One line per reason. */
function missingText({ notMeasured }: TraceStatistics, width?: number): string {
  const titles = new Map<string, string[]>()
  for (const [id, why] of Object.entries(notMeasured)) {
    titles.set(why, [...(titles.get(why) ?? []), STATISTICS[id as StatisticId].title])
  }
  const lines = [...titles].map(([why, of]) => `Not measured: ${of.join('; ')}: ${why}.`)
  return lines.map((line) => `${prose(line, width)}\n`).join('')
}

/** Three digits after the point, fewer where there are more before it. */
function number(value: number | undefined): string {
  if (value === undefined) return ABSENT
  const size = Math.abs(value)
  return size >= 1000
    ? count(value)
    : value.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : 3).replace(/^-(0\.0+)$/, '$1')
}

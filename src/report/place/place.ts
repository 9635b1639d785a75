// What `moesim place` prints: loads of each layer before and after, on the part it was made from and on what judges it.
import type { ChalkInstance } from 'chalk'
import type { PlaceReport } from '../../place/report.ts'
import type { LayerStudy } from '../../place/study.ts'
import { count, percent } from '../cells.ts'
import { csvRow } from '../csv.ts'
import { type GridColumn, titledGrid } from '../grid.ts'
import type { Fact } from '../headline.ts'
import { escaped, markdownGrid } from '../markdown-grid.ts'
import { factLines } from '../prose.ts'
import { placeJson } from './data.ts'
import { findings } from './findings.ts'

type Render = (report: PlaceReport, chalk: ChalkInstance, width?: number) => string

export const placeFormats: Readonly<Record<'table' | 'json' | 'csv' | 'markdown', Render>> = {
  table: placeText,
  json: placeJson,
  csv: placeCsv,
  markdown: placeMarkdown,
}

const TITLE = 'Load of the fullest device over the mean, by layer'

/** The longest label has ten characters. */
const LABELS = 10

function placeText(report: PlaceReport, chalk: ChalkInstance, width?: number): string {
  const facts = factLines(placeFacts(report), chalk, width, LABELS)
  const table = titledGrid({ title: TITLE, ...loadTable(report) }, chalk, width)
  return [facts, table, factLines(findings(report), chalk, width, LABELS)].join('\n')
}

function placeMarkdown(report: PlaceReport): string {
  const facts = placeFacts(report).map(({ label, text }) => `- **${label}**: ${escaped(text)}\n`)
  const { columns, rows } = loadTable(report)
  const lines = findings(report).map(({ label, text }) => `- **${label}**: ${escaped(text)}\n`)
  return `${facts.join('')}\n### ${TITLE}\n\n${markdownGrid(columns, rows)}\n${lines.join('')}`
}

function placeFacts(report: PlaceReport): Fact[] {
  const { source, devices, slots, hardware, algorithm, fit, judge, current } = report
  const { units, model, experts } = source
  const spare = devices * slots - experts
  const of = units.kind === 'whole' ? '' : ` of ${count(units.count)} ${units.kind}`
  return [
    { label: 'counts', text: `${source.path}${of}` },
    { label: 'model', text: `${model ?? 'not named'}, ${count(experts)} experts` },
    { label: 'devices', text: `${count(devices)}${hardware === undefined ? '' : ` of ${hardware}`}` },
    { label: 'slots', text: `${count(slots)} on each, ${count(spare)} for copies in all` },
    { label: 'algorithm', text: `${algorithm}${ruleText(report)}` },
    { label: 'before', text: current },
    { label: 'made from', text: spanText(fit) },
    ...(judge === undefined
      ? []
      : [{ label: 'judged on', text: `${spanText(judge)}, ${report.layers[0]?.windows.length} windows` }]),
  ]
}

/** Of `pairs`: on how many layers it followed which rule. */
function ruleText({ layers }: PlaceReport): string {
  const together = layers.filter(({ rule }) => rule === 'together').length
  const apart = layers.filter(({ rule }) => rule === 'apart').length
  return together + apart === 0 ? '' : `: together on ${together} layers, apart on ${apart}`
}

const spanText = ({ from, to }: { readonly from: number; readonly to: number }) =>
  from === 0 && to === 1 ? 'all of it' : `${percent(from)} % to ${percent(to)} % of it`

function loadTable({ layers, judge }: PlaceReport): { columns: GridColumn[]; rows: string[][] } {
  const right = (header: string): GridColumn => ({ header, align: 'right' })
  const isBound = layers.some(({ bound }) => bound !== undefined)
  const columns = [
    right('layer'),
    right('mean'),
    right('made from\nbefore'),
    right('\nafter'),
    ...(isBound ? [right('gap\n[%]')] : []),
    ...(judge === undefined ? [] : [right('judged on\nbefore'), right('\nafter'), right('drift\n[%]')]),
  ]
  const rows = layers.map((layer) => [
    `${layer.layer}`,
    count(layer.meanLoad),
    overMean(layer.maxLoadBefore, layer.meanLoad),
    overMean(layer.maxLoad, layer.meanLoad),
    ...(isBound ? [gapCell(layer)] : []),
    ...(judge === undefined ? [] : judgedCells(layer)),
  ])
  return { columns, rows }
}

const overMean = (max: number, mean: number) => (mean === 0 ? '-' : (max / mean).toFixed(3))

function gapCell({ maxLoad, bound }: LayerStudy): string {
  return bound === undefined || maxLoad === 0 ? '-' : percent(1 - bound / maxLoad)
}

/** Sums over windows, so that a window counts by what is in it. */
function judgedCells({ windows }: LayerStudy): string[] {
  const sum = (of: (window: LayerStudy['windows'][number]) => number) =>
    windows.reduce((total, window) => total + of(window), 0)
  const mean = sum((window) => window.mean)
  return [
    overMean(
      sum((window) => window.before),
      mean,
    ),
    overMean(
      sum((window) => window.after),
      mean,
    ),
    percent(sum((window) => window.drift) / windows.length),
  ]
}

/** A line for each layer and window; the part that it was made from is window 0. */
function placeCsv({ layers, fit }: PlaceReport): string {
  const header = ['layer', 'window', 'from', 'to', 'mean_load', 'max_load_before', 'max_load', 'drift']
  const rows = layers.flatMap((layer) => [
    [layer.layer, 0, fit.from, fit.to, layer.meanLoad, layer.maxLoadBefore, layer.maxLoad, 0],
    ...layer.windows.map(({ span, mean, before, after, drift }, i) => [
      ...[layer.layer, i + 1, span.from, span.to, mean, before, after, drift],
    ]),
  ])
  return [header, ...rows.map((row) => row.map(String))].map(csvRow).join('')
}

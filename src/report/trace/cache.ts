// What `moesim trace cache` prints: a row per size, a column per policy; phases and layers below.
import type { ChalkInstance } from 'chalk'
import type { CacheResult } from '../../cache/replay/study.ts'
import type { HitRate } from '../../cache/replay/tally.ts'
import { count, percent, size } from '../cells.ts'
import { type GridColumn, titledGrid } from '../grid.ts'
import type { Fact } from '../headline.ts'
import type { PageTable } from '../page/page.ts'
import { factLines, prose } from '../prose.ts'
import { cacheCsv, cacheJson } from './cache-data.ts'
import { allExperts, type CacheReport, ci95 } from './cache-report.ts'

type Render = (report: CacheReport, chalk: ChalkInstance, width?: number) => string

export const cacheFormats: Readonly<Record<CacheTextFormat, Render>> = {
  table: cacheText,
  json: cacheJson,
  csv: cacheCsv,
}

type CacheTextFormat = 'table' | 'json' | 'csv'

const ABSENT = '-'

function cacheText(report: CacheReport, chalk: ChalkInstance, width?: number): string {
  const facts = factLines(cacheFacts(report), chalk, width)
  const tables = cacheTables(report).map((grid) => titledGrid(grid, chalk, width))
  return [facts, ...tables, ...cacheNotes(report).map((note) => `${prose(note, width)}\n`)].join('\n')
}

export function cacheFacts({ trace, pool, halfLifeTokens, profile }: CacheReport): Fact[] {
  const { path, model, experts, expertsAre, topK, layers, requests, tokens, accesses, expertsUsed } = trace
  const atLeast = expertsAre === 'seen' ? 'at least ' : ''
  return [
    { label: 'trace', text: path },
    {
      label: 'model',
      text: `${model} (${atLeast}${count(experts)} experts, top-${topK}), ${counted(layers.length, 'layer')}`,
    },
    {
      label: 'holds',
      text: `${counted(requests, 'request')}, ${count(tokens.prefill)} prefill and ${count(tokens.decode)} decode tokens`,
    },
    {
      label: 'accesses',
      text: `${count(accesses)}, to ${count(expertsUsed)} of ${count(experts * layers.length)} experts`,
    },
    { label: 'slots', text: pool === 'shared' ? 'one pool for all layers' : 'divided among the layers' },
    ...(halfLifeTokens === undefined
      ? []
      : [{ label: 'lfru', text: `counts halve every ${count(halfLifeTokens)} tokens` }]),
    ...(profile === undefined ? [] : [{ label: 'static', text: `by the counts of ${profile.path}` }]),
  ]
}

export function cacheNotes({ trace, profile }: CacheReport): string[] {
  return [
    ...(trace.requests > 1 ? ['± is the 95 % interval over requests.'] : []),
    ...(trace.phases === 'assumed'
      ? ['The trace does not say which tokens are the prompt: all tokens of a request count alike.']
      : []),
    ...(profile?.isThisTrace
      ? ['static is profiled on this very trace: it knows beforehand what is used.']
      : []),
  ]
}

const counted = (number: number, noun: string) => `${count(number)} ${noun}${number === 1 ? '' : 's'}`

/** The hit rates in percent: all tokens, each phase where phases are recorded, each layer where there is one size only. */
export function cacheTables(report: CacheReport): PageTable[] {
  const { phases } = report.trace
  const parts = [
    { title: 'Hit rate [%]', rateOf: (result: CacheResult): HitRate | undefined => result },
    ...(phases === 'recorded'
      ? [
          { title: 'Hit rate of prefill [%]', rateOf: ({ prefill }: CacheResult) => prefill },
          { title: 'Hit rate of decode [%]', rateOf: ({ decode }: CacheResult) => decode },
        ]
      : []),
  ]
  const bySize = parts.flatMap(({ title, rateOf }) =>
    report.results.some((result) => rateOf(result) !== undefined) ? [sizeTable(report, title, rateOf)] : [],
  )
  return sizesOf(report).length === 1 && report.results[0]?.layers !== undefined
    ? [...bySize, layerTable(report)]
    : bySize
}

const sizesOf = ({ results }: CacheReport) => [...new Set(results.map(({ slots }) => slots))]
const policiesOf = ({ results }: CacheReport) => [...new Set(results.map(({ policy }) => policy))]

function policyColumns(report: CacheReport): GridColumn[] {
  return policiesOf(report).map((policy) => ({ header: policy, align: 'right' }))
}

function sizeTable(
  report: CacheReport,
  title: string,
  rateOf: (result: CacheResult) => HitRate | undefined,
): PageTable {
  const { expertBytes } = report
  const columns: GridColumn[] = [
    { header: 'slots', align: 'right' },
    { header: '% of\nexperts', align: 'right' },
    ...(expertBytes === undefined ? [] : [{ header: 'capacity', align: 'right' } as const]),
    ...policyColumns(report),
  ]
  const rows = sizesOf(report).map((slots) => [
    count(slots),
    percent(slots / allExperts(report)),
    ...(expertBytes === undefined ? [] : [size(slots * expertBytes)]),
    ...report.results.filter((result) => result.slots === slots).map((result) => rateCell(rateOf(result))),
  ])
  return { title, columns, rows }
}

function layerTable(report: CacheReport): PageTable {
  const columns: GridColumn[] = [{ header: 'layer', align: 'right' }, ...policyColumns(report)]
  const rows = report.trace.layers.map((layer, index) => [
    `${layer}`,
    ...report.results.map(({ layers }) => rateCell(layers?.[index])),
  ])
  return { title: 'Hit rate by layer [%]', columns, rows }
}

function rateCell(rate: HitRate | undefined): string {
  if (rate === undefined) return ABSENT
  const interval = ci95(rate)
  return `${percent(rate.hitRate)}${interval === undefined ? '' : ` ± ${percent(interval)}`}`
}

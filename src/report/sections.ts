// The tables of a result as data: titles, headers and cells, for every format that is read by people.
import { invariant } from '../errors.ts'
import type { Jitter, RunResult, SchedulerResult } from '../sim/result.ts'
import { budgetTitle } from './budget-title.ts'
import { ABSENT, cell, count, energy, percent, rate, ratio, savingCell, size, time } from './cells.ts'
import type { GridColumn } from './grid.ts'
import { headingOf, headingWithUnit } from './heading.ts'
import { timeSections } from './time-sections.ts'

export interface Section {
  readonly title: string
  readonly columns: readonly GridColumn[]
  /** A row per scheduler, or several, in the order of the result. */
  readonly rows: readonly (readonly string[])[]
}

/** `isWide`: all columns, rather than those that a terminal has room for. */
export function sections(result: RunResult, isWide = true): Section[] {
  const baseline = result.results.find(({ id }) => id === result.baseline)
  invariant(baseline !== undefined, () => `the result has no baseline ${result.baseline}`)
  const build = (title: string, columns: readonly Column[]): Section => ({
    title,
    columns,
    rows: result.results.map((scheduler) => columns.map((column) => column.cell(scheduler, baseline))),
  })
  /** Of the columns those that say something; no section where there are none. */
  const buildWhereThere = (title: string, columns: readonly MetricColumn[]): Section[] => {
    const there = columns.filter(({ metric }) => result.results.some(({ metrics }) => metric in metrics))
    return there.length === 0 ? [] : [build(title, [SCHEDULER, ...there])]
  }
  const jitter = baseline.metrics.latency?.jitter
  const isShown = (column: Column) =>
    !('metric' in column) ||
    column.metric !== 'overOptimum' ||
    result.results.some(({ metrics }) => 'overOptimum' in metrics)
  return [
    build(`speedup over ${result.baseline}`, SPEEDUP.filter(isShown)),
    ...(jitter === undefined ? [] : [build(jitterTitle(jitter), JITTER)]),
    ...buildWhereThere('optimum: what no schedule beats, and what it would gain from', OPTIMUM),
    ...timeSections(result),
    ...buildWhereThere('end to end: latency by part', PARTS),
    build('memory: peak SRAM', SRAM),
    build('memory: traffic', isWide ? TRAFFIC : TRAFFIC.filter((column) => !WIDE_ONLY.has(column))),
    ...buildWhereThere('memory: weights that stay from one iteration to the next', CACHE),
    ...buildWhereThere('memory: moved once to reach a placement, which takes no time here', PLACEMENT),
    ...buildWhereThere(budgetTitle(result), BUDGETS),
  ]
}

interface Column extends GridColumn {
  readonly cell: (scheduler: SchedulerResult, baseline: SchedulerResult) => string
}

interface MetricColumn extends Column {
  readonly metric: string
}

const number = (metric: string, format: (value: number) => string, unit?: string): MetricColumn => ({
  header: unit === undefined ? headingOf(metric) : headingWithUnit(metric, unit),
  align: 'right',
  metric,
  cell: ({ metrics }) => cell(metrics[metric], format),
})

const SCHEDULER: Column = { header: 'scheduler', align: 'left', cell: ({ id }) => id }
const MEMORY_WRITE = number('memoryWrite', size)
const CHANNEL_IMBALANCE = number('channelImbalance', ratio, 'x')
const WIDE_ONLY: ReadonlySet<Column> = new Set([MEMORY_WRITE, CHANNEL_IMBALANCE])

const SPEEDUP: readonly Column[] = [
  SCHEDULER,
  number('latency', time),
  number('speedup', ratio, 'x'),
  number('throughput', rate, 'token/s'),
  number('boundRatio', ratio, 'x'),
  // Where it was asked for.
  number('overOptimum', ratio, 'x'),
  { header: 'bound by', align: 'left', cell: ({ boundBy }) => boundBy },
  number('computeUtilization', percent, '%'),
]

const OPTIMUM: readonly MetricColumn[] = [
  number('optimum', time),
  number('overOptimum', ratio, 'x'),
  number('optimumFree', time),
  number('overOptimumFree', ratio, 'x'),
  number('gainOfMemory', ratio),
  number('gainOfLinks', ratio),
  number('gainOfCompute', ratio),
]

const jitterCell = (header: string, metric: string, format: (jitter: Jitter) => string): Column => ({
  header,
  align: 'right',
  cell: ({ metrics }) => {
    const jitter = metrics[metric]?.jitter
    return jitter === undefined ? ABSENT : format(jitter)
  },
})

const spreadPercent = ({ mean, spread }: Jitter) => ((100 * spread) / mean).toFixed(2)

const JITTER: readonly Column[] = [
  SCHEDULER,
  number('latency', time),
  jitterCell('mean', 'latency', ({ mean }) => time(mean)),
  jitterCell('spread\n[%]', 'latency', spreadPercent),
  number('speedup', ratio, 'x'),
  jitterCell('mean\n[x]', 'speedup', ({ mean }) => ratio(mean)),
  jitterCell('spread\n[%]', 'speedup', spreadPercent),
]

const jitterTitle = ({ values }: Jitter) =>
  `jitter: mean and standard deviation of ${values.length} runs, all but the first disturbed`

const PARTS: readonly MetricColumn[] = [
  number('latencyMoe', time),
  number('latencyAttention', time),
  number('latencyRouter', time),
  number('latencyShared', time),
  number('latencyDense', time),
  number('latencyHead', time),
  number('memoryReadKv', size),
  // Said where tokens are held back: elsewhere it is the workload's.
  { ...number('tokensPerIteration', count), metric: 'deferrals' },
  number('deferrals', count),
  number('flushIterations', count),
]

const SRAM: readonly Column[] = [
  SCHEDULER,
  number('peakSramPerDie', size),
  number('peakSramPackage', size),
  number('peakSramWeights', size),
  number('peakSramTokens', size),
  {
    header: 'peak SRAM saving [%]',
    align: 'right',
    cell: (scheduler, baseline) =>
      savingCell(scheduler.metrics.peakSramPackage, baseline.metrics.peakSramPackage),
  },
  number('replicas', count),
]

const TRAFFIC: readonly Column[] = [
  SCHEDULER,
  number('memoryRead', size),
  number('memoryReadRemote', size),
  MEMORY_WRITE,
  number('d2dBytes', size),
  number('d2dByteHops', size),
  number('hops', count),
  number('loadImbalance', ratio, 'x'),
  CHANNEL_IMBALANCE,
]

const CACHE: readonly MetricColumn[] = [
  number('cacheHitRate', percent, '%'),
  number('cacheHits', count),
  number('cacheMisses', count),
  number('cacheMissBytes', size),
  number('cacheStall', time),
  number('cacheLeftBytes', size),
  number('tierRead', size),
  number('cacheAheadHits', count),
  number('cacheAheadRead', size),
  number('cacheAheadVain', size),
]

const PLACEMENT: readonly MetricColumn[] = [number('placementMoveBytes', size)]

const BUDGETS: readonly MetricColumn[] = [
  number('energy', energy),
  number('energyMac', energy),
  number('energySram', energy),
  number('energyD2d', energy),
  number('energyMemory', energy),
  number('energyIdle', energy),
  number('dieArea', ratio, 'mm2'),
  number('packagePower', ratio, 'W'),
]

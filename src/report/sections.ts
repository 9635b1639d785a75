// The tables of a result as data: titles, headers and cells, for every format that is read by people.
import { invariant } from '../errors.ts'
import type { RunResult, SchedulerResult } from '../sim/result.ts'
import { budgetTitle } from './budget-title.ts'
import { cell, count, energy, percent, ratio, savingCell, size, time } from './cells.ts'
import type { GridColumn } from './grid.ts'

export interface Section {
  readonly title: string
  readonly columns: readonly GridColumn[]
  /** A row per scheduler, in the order of the result. */
  readonly rows: readonly (readonly string[])[]
}

export function sections(result: RunResult): Section[] {
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
  return [
    build(`speedup over ${result.baseline}`, SPEEDUP),
    ...buildWhereThere('end to end: latency by part', PARTS),
    build('memory: peak SRAM', SRAM),
    build('memory: traffic', TRAFFIC),
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

const number = (header: string, metric: string, format: (value: number) => string): MetricColumn => ({
  header,
  align: 'right',
  metric,
  cell: ({ metrics }) => cell(metrics[metric], format),
})

const SCHEDULER: Column = { header: 'scheduler', align: 'left', cell: ({ id }) => id }

const SPEEDUP: readonly Column[] = [
  SCHEDULER,
  number('latency', 'latency', time),
  number('speedup\n[x]', 'speedup', ratio),
  number('throughput\n[token/s]', 'throughput', count),
  number('over bound\n[x]', 'boundRatio', ratio),
  { header: 'bound by', align: 'left', cell: ({ boundBy }) => boundBy },
  number('compute\nutilization [%]', 'computeUtilization', percent),
]

const PARTS: readonly MetricColumn[] = [
  number('routed\nexperts', 'latencyMoe', time),
  number('attention', 'latencyAttention', time),
  number('router', 'latencyRouter', time),
  number('shared\nexperts', 'latencyShared', time),
  number('dense\nlayers', 'latencyDense', time),
  number('keys and\nvalues read', 'memoryReadKv', size),
  // Said where tokens are held back: elsewhere it is the workload's.
  { ...number('tokens per\niteration', 'tokensPerIteration', count), metric: 'deferrals' },
  number('deferrals\n[count]', 'deferrals', count),
  number('iterations\nadded [count]', 'flushIterations', count),
]

const SRAM: readonly Column[] = [
  SCHEDULER,
  number('per die', 'peakSramPerDie', size),
  number('package', 'peakSramPackage', size),
  number('of it\nweights', 'peakSramWeights', size),
  number('of it\ntokens', 'peakSramTokens', size),
  {
    header: 'saving\n[%]',
    align: 'right',
    cell: (scheduler, baseline) =>
      savingCell(scheduler.metrics.peakSramPackage, baseline.metrics.peakSramPackage),
  },
  number('replicas\n[count]', 'replicas', count),
]

const TRAFFIC: readonly Column[] = [
  SCHEDULER,
  number('memory\nread', 'memoryRead', size),
  number('of it\nremote', 'memoryReadRemote', size),
  number('memory\nwritten', 'memoryWrite', size),
  number('die to die', 'd2dBytes', size),
  number('bytes\nx hops', 'd2dByteHops', size),
  number('hops\n[count]', 'hops', count),
  number('load\nimbalance [x]', 'loadImbalance', ratio),
  number('channel\nimbalance [x]', 'channelImbalance', ratio),
]

const PLACEMENT: readonly MetricColumn[] = [number('weights', 'placementMoveBytes', size)]

const BUDGETS: readonly MetricColumn[] = [
  number('energy', 'energy', energy),
  number('of it\nMACs', 'energyMac', energy),
  number('of it\nSRAM', 'energySram', energy),
  number('of it\ndie to die', 'energyD2d', energy),
  number('of it\nmemory', 'energyMemory', energy),
  number('of it\nidle', 'energyIdle', energy),
  number('die area\n[mm2]', 'dieArea', ratio),
  number('package\npower [W]', 'packagePower', ratio),
]

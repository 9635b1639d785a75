// The speedup and memory tables as data: titles, headers and cells, for every format that is read by people.
import { invariant } from '../errors.ts'
import type { RunResult, SchedulerResult } from '../sim/result.ts'
import { cell, count, percent, ratio, savingCell, size, time } from './cells.ts'
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
  return [
    build(`speedup over ${result.baseline}`, SPEEDUP),
    build('memory: peak SRAM', SRAM),
    build('memory: traffic', TRAFFIC),
  ]
}

interface Column extends GridColumn {
  readonly cell: (scheduler: SchedulerResult, baseline: SchedulerResult) => string
}

const number = (header: string, name: string, format: (value: number) => string): Column => ({
  header,
  align: 'right',
  cell: ({ metrics }) => cell(metrics[name], format),
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
]

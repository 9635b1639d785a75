// Tables of where the time of a run goes, and of what would help: of runs with --explain-time.
import type { RunResult, SchedulerResult } from '../sim/result.ts'
import { ABSENT, percent, ratio, time } from './cells.ts'
import type { GridColumn } from './grid.ts'
import { headingOf, headingWithUnit } from './heading.ts'

interface TimeSection {
  readonly title: string
  readonly columns: readonly GridColumn[]
  readonly rows: readonly (readonly string[])[]
}

/** In the order in which they add up to latency. */
const TIME_STEPS = [
  'timeBound',
  'timeCosts',
  'timePlacement',
  'timeTraffic',
  'timeRoutes',
  'timeOrder',
  'timeStartup',
  'timeSram',
] as const

const RESOURCES = ['Memory', 'Links', 'Compute', 'Sram'] as const

/** None of a run without. */
export function timeSections({ results }: RunResult): TimeSection[] {
  if (!results.some(({ metrics }) => 'timeBound' in metrics)) return []
  return [
    {
      title: 'where the time goes: steps from the bound to latency, percent of latency',
      columns: [
        { header: 'scheduler', align: 'left' },
        { header: headingOf('latency'), align: 'right' },
        ...TIME_STEPS.map((step): GridColumn => ({ header: headingWithUnit(step, '%'), align: 'right' })),
      ],
      rows: results.map(stepRow),
    },
    {
      title: 'what would help: percent of time saved per percent more, of the optimum and simulated',
      columns: [
        { header: 'scheduler', align: 'left' },
        { header: 'more', align: 'left' },
        { header: 'optimum', align: 'right' },
        { header: 'at 1 %', align: 'right' },
        { header: 'at 10 %', align: 'right' },
        { header: 'agreement', align: 'left' },
      ],
      rows: results.flatMap(helpRows),
    },
  ]
}

function stepRow({ id, metrics }: SchedulerResult): string[] {
  const latency = metrics.latency?.value ?? 0
  const cells = TIME_STEPS.map((step) => percent((metrics[step]?.value ?? 0) / latency))
  return [id, time(latency), ...cells]
}

function helpRows({ id, metrics }: SchedulerResult): string[][] {
  return RESOURCES.flatMap((resource) => {
    const at1 = metrics[`gainOf${resource}At1`]
    const at10 = metrics[`gainOf${resource}At10`]
    if (at1 === undefined || at10 === undefined) return []
    // No linear program knows of SRAM: its optimum gains nothing from more.
    const predicted = metrics[`gainOf${resource}`]?.value ?? 0
    const name = resource === 'Sram' ? 'SRAM' : resource.toLowerCase()
    return [[id, name, gain(predicted), gain(at1.value), gain(at10.value), agreement(predicted, at1.value)]]
  })
}

/** Two decimals; what rounds to nothing has no sign. */
const gain = (value: number) =>
  Number.isFinite(value) ? value.toFixed(2).replace(/^-0\.00$/, '0.00') : ABSENT

/** How near what is predicted for the optimum is to what is simulated with 1 % more. */
function agreement(predicted: number, simulated: number): string {
  const off = Math.abs(simulated - predicted)
  if (off <= 0.05) return 'good'
  return `${off <= 0.2 ? 'fair' : 'poor'}, off by ${ratio(off)}`
}

// What the compute unit of each die did with its time, and what it waited for: stacked bars, a panel for each scheduler.
import type { ObservedRun, ObservedScheduler } from '../../../observe/observed-run.ts'
import type { UnitTimes } from '../../../observe/waits.ts'
import { percent, time } from '../../cells.ts'
import type { Chart, ChartRow } from '../page.ts'
import { drawnAs, TIME_AXIS, timePanels, toUs } from './panels.ts'

const PANEL_WIDTH = 460
/** Height of a bar and its gap, for few dies and for many. */
const BAR_STEP = 20
const MANY_DIES = 16
const NARROW_STEP = 13
const MEAN = 'mean'

const CLASSES: readonly { readonly of: keyof UnitTimes; readonly label: string }[] = [
  { of: 'computePs', label: 'computing' },
  { of: 'memoryPs', label: 'waiting: weights from memory' },
  { of: 'messagePs', label: 'waiting: message over links' },
  { of: 'bothPs', label: 'waiting: both' },
  { of: 'turnPs', label: 'waiting: neither under way' },
  { of: 'overPs', label: 'no job left' },
]

const CAPTION = [
  'Every moment of a compute unit is in one class. Computing: it has a job. Otherwise it waits, by what is under way for its die:',
  'weights from memory (asked for, and not all read); a message with weights or tokens (handed over, and not yet there); both; or',
  "neither, as for room in SRAM, activations from the die's own memory, a request on its way, a cache, or the scheduler's decision.",
  'No job left: after the last job of the die, until the slowest die and the last message are done. What is under way may be for a',
  'later job than the next one.',
].join(' ')

/** Undefined where nobody was observed. */
export function waitsChart({ schedulers }: ObservedRun): Chart | undefined {
  const [first] = schedulers
  if (first === undefined) return undefined
  const dies = first.dies.length
  const { layout, sentence } = timePanels(schedulers)
  const values = schedulers.flatMap(rowsOf)
  const shown = CLASSES.filter(({ label }) => values.some(({ state }) => state === label))
  return {
    id: 'waits',
    title: 'What the compute units did, and waited for',
    caption: CAPTION + sentence,
    spec: {
      data: { values },
      ...layout,
      spec: {
        width: PANEL_WIDTH,
        height: { step: dies > MANY_DIES ? NARROW_STEP : BAR_STEP },
        mark: { type: 'bar', height: { band: 0.8 } },
        encoding: {
          y: { field: 'die', type: 'nominal', sort: null, title: 'die', axis: { labelOverlap: true } },
          x: { field: 'us', type: 'quantitative', stack: 'zero', ...TIME_AXIS },
          color: {
            field: 'state',
            type: 'nominal',
            scale: { domain: shown.map(({ label }) => label) },
            legend: { orient: 'top', title: null, columns: 3 },
          },
          order: { field: 'order', type: 'quantitative' },
          tooltip: [
            { field: 'scheduler', title: 'scheduler' },
            { field: 'die', title: 'die' },
            { field: 'state', title: 'compute unit' },
            { field: 'exact', title: 'time' },
            { field: 'share', title: 'of the iteration' },
          ],
        },
      },
      ...drawnAs(values.length),
    },
  }
}

/** The mean over the dies, where there are several, and each die. */
function rowsOf({ id, dies, latencyPs }: ObservedScheduler): ChartRow[] {
  const bars = dies.map(({ times }, die) => ({ name: `${die}`, times }))
  if (dies.length > 1) bars.unshift({ name: MEAN, times: meanTimes(dies.map(({ times }) => times)) })
  return bars.flatMap(({ name, times }) =>
    CLASSES.flatMap(({ of, label }, order): ChartRow[] => {
      const ps = times[of]
      if (ps === 0) return []
      const share = `${percent(ps / latencyPs)} %`
      return [{ scheduler: id, die: name, state: label, order, us: toUs(ps), exact: time(ps), share }]
    }),
  )
}

function meanTimes(all: readonly UnitTimes[]): UnitTimes {
  const mean = (of: keyof UnitTimes) => all.reduce((sum, times) => sum + times[of], 0) / all.length
  return {
    ...{ computePs: mean('computePs'), memoryPs: mean('memoryPs'), messagePs: mean('messagePs') },
    ...{ bothPs: mean('bothPs'), turnPs: mean('turnPs'), overPs: mean('overPs') },
  }
}

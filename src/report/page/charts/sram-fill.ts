// SRAM of every die over the time of one iteration, a panel for each scheduler.
import type { ObservedRun, ObservedScheduler } from '../../../observe/observed-run.ts'
import { size } from '../../cells.ts'
import { type Chart, type ChartRow, POINTER_LAYER } from '../page.ts'
import { drawnAs, TIME_AXIS, timePanels, toUs } from './panels.ts'
import { sizeUnit } from './rows.ts'

const PANEL_WIDTH = 500
const PANEL_HEIGHT = 190
/** So many dies have a colour each; the lines of more are told apart by the menu and the tooltips. */
const MOST_COLOURS = 8
/** A capacity that is further above the fullest moment would press all curves flat: it is said, not drawn. */
const MOST_HEADROOM = 4

/** Undefined where nobody was observed, or nothing was ever in SRAM. */
export function sramFillChart({ schedulers, sramBytes }: ObservedRun): Chart | undefined {
  const fullest = schedulers.flatMap(({ dies }) =>
    dies.map(({ fill }) => Math.max(...fill.weightBytes.map((bytes, i) => bytes + fill.tokenBytes[i]!))),
  )
  const peakBytes = Math.max(0, ...fullest)
  const dies = schedulers[0]?.dies.length ?? 0
  if (peakBytes === 0) return undefined
  const { unit, of } = sizeUnit(peakBytes)
  const title = `SRAM of a die [${unit}]`
  const isDrawn = sramBytes <= MOST_HEADROOM * peakBytes
  const limit = !Number.isFinite(sramBytes)
    ? 'The hardware file sets no limit.'
    : isDrawn
      ? `Dashed: the ${size(sramBytes)} that a die has.`
      : `A die has ${size(sramBytes)}: too far above to be drawn.`
  const { layout, sentence } = timePanels(schedulers)
  const hasColours = dies <= MOST_COLOURS
  const ofDie = {
    x: { field: 'us', type: 'quantitative' as const, ...TIME_AXIS },
    y: { field: 'amount', type: 'quantitative' as const, title },
    ...(hasColours
      ? {
          color: {
            ...{ field: 'die', type: 'nominal' as const },
            legend: { orient: 'top' as const, title: 'die' },
          },
        }
      : { detail: { field: 'die', type: 'nominal' as const } }),
  }
  const steps = schedulers[0]!.dies[0]!.fill.weightBytes.length
  return {
    id: 'sram-over-time',
    title: 'SRAM of each die over time',
    caption: `A line for each die: bytes that are reserved, for weights (from when they are asked for) and tokens (those that rest there and copies). Each scheduler's time is cut into ${steps} equal steps, and each step shows its fullest moment. ${limit}${sentence}`,
    spec: {
      data: { values: schedulers.flatMap((scheduler) => rowsOf(scheduler, of)) },
      params: [
        {
          name: 'shown',
          value: 'total',
          bind: {
            input: 'select',
            options: ['total', 'weights', 'tokens'],
            labels: ['weights and tokens', 'weights', 'tokens'],
            name: 'show',
          },
        },
        ...(hasColours ? [] : [dieMenu(dies)]),
      ],
      transform: [
        { flatten: ['weights', 'tokens'] },
        { window: [{ op: 'row_number' as const, as: 'step' }], groupby: ['scheduler', 'die'] },
        { calculate: '(datum.step - 1) * datum.stepUs', as: 'us' },
        { calculate: 'datum.weights + datum.tokens', as: 'total' },
        { calculate: 'datum[shown]', as: 'amount' },
        ...(hasColours ? [] : [{ filter: "chosen === 'all' || datum.die === chosen" }]),
      ],
      ...layout,
      spec: {
        ...{ width: PANEL_WIDTH, height: PANEL_HEIGHT },
        layer: [
          {
            mark: {
              ...{ type: 'line', interpolate: 'step-after' },
              ...(hasColours ? { strokeWidth: 1.5, opacity: 0.85 } : { strokeWidth: 1, opacity: 0.5 }),
            },
            encoding: ofDie,
          },
          {
            name: POINTER_LAYER,
            mark: { type: 'point', filled: true, size: 50, opacity: 0, aria: false },
            encoding: {
              ...ofDie,
              tooltip: [
                { field: 'scheduler', title: 'scheduler' },
                { field: 'die', title: 'die' },
                { field: 'us', title: 'time [µs]', format: '.4~g' },
                { field: 'weights', title: `weights [${unit}]`, format: '.3~g' },
                { field: 'tokens', title: `tokens [${unit}]`, format: '.3~g' },
              ],
            },
          },
          ...(isDrawn ? [capacityLayer(of(sramBytes), title)] : []),
        ],
      },
      ...drawnAs(schedulers.length * dies * steps),
    },
  }
}

/** The arrays of a die in one row: the chart takes them apart again, and the page stays small. */
function rowsOf({ id, dies, latencyPs }: ObservedScheduler, of: (bytes: number) => number): ChartRow[] {
  const rounded = (bytes: number) => Number(of(bytes).toPrecision(5))
  return dies.map(({ fill }, die): ChartRow => {
    const { weightBytes, tokenBytes } = fill
    const stepUs = toUs(latencyPs / weightBytes.length)
    // A last point ends the last step.
    const whole = (bytes: readonly number[]) => [...bytes, bytes.at(-1)!].map(rounded)
    return { scheduler: id, die, stepUs, weights: whole(weightBytes), tokens: whole(tokenBytes) }
  })
}

function dieMenu(dies: number) {
  const options = ['all', ...Array.from({ length: dies }, (_, die) => die)]
  return { name: 'chosen', value: 'all', bind: { input: 'select' as const, options, name: 'die' } }
}

/** With data of its own: one line in each panel. */
function capacityLayer(capacity: number, title: string) {
  return {
    data: { values: [{ capacity }] },
    mark: { type: 'rule' as const, strokeDash: [5, 4] },
    encoding: { y: { field: 'capacity', type: 'quantitative' as const, title } },
  }
}

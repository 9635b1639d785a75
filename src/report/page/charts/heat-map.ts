// A metric over two axes of a sweep: a map for each scheduler in one colour scale, other axes chosen in menus.
import { type Chart, SWEEP_ROWS } from '../page.ts'
import { keyOfMetric, type SweepAxis, type SweepRows } from '../sweep-rows.ts'

/** Largest side of one map, and of the maps in a row, in pixels. */
const MAP_WIDTH = 340
const MAPS_WIDTH = 930
const CELL_HEIGHT = 24
/** Room for the title of the vertical axis. */
const LEAST_HEIGHT = 168

/** Undefined where the sweep has fewer than two axes with several values. */
export function heatMap(sweep: SweepRows): Chart | undefined {
  const { metrics, schedulers } = sweep
  const varied = sweep.axes.filter(({ values }) => values.length > 1)
  const [across, down, ...others] = varied
  const [first] = metrics
  if (across === undefined || down === undefined || first === undefined) return undefined
  const columns = Math.min(3, schedulers.length)
  const width = Math.min(MAP_WIDTH, Math.floor(MAPS_WIDTH / columns), 56 * across.values.length + 40)
  const labels = metrics.map(({ label }) => label)
  return {
    id: 'heat-map',
    title: 'A metric over two axes',
    caption: `Choose the metric${others.length > 0 ? ' and the other axes' : ''} in the menus. All maps share one colour scale. A place without colour cannot run, or is not part of the sweep.`,
    spec: {
      data: { name: SWEEP_ROWS },
      params: [
        {
          name: 'metric',
          value: keyOfMetric(first.label),
          bind: { input: 'select', options: labels.map(keyOfMetric), labels, name: 'metric' },
        },
        ...others.map(({ key, title, values }) => ({
          name: `at_${key}`,
          value: values[0]!,
          bind: { input: 'select' as const, options: [...values], name: title },
        })),
      ],
      transform: [
        ...others.map(({ key }) => ({ filter: `datum.${key} === at_${key}` })),
        { calculate: 'datum[metric]', as: 'shown' },
        { filter: 'isValid(datum.shown)' },
      ],
      facet: { field: 'scheduler', type: 'nominal', title: null, sort: [...schedulers] },
      columns,
      spec: {
        width,
        height: Math.max(LEAST_HEIGHT, CELL_HEIGHT * down.values.length),
        mark: { type: 'rect' },
        encoding: {
          x: {
            field: across.key,
            type: 'ordinal',
            ...orderOf(across),
            title: shortTitle(across),
            axis: { labelAngle: across.isNumber ? 0 : -40, labelOverlap: true },
          },
          y: {
            field: down.key,
            type: 'ordinal',
            ...orderOf(down),
            title: shortTitle(down),
          },
          color: {
            field: 'shown',
            type: 'quantitative',
            title: null,
            scale: { zero: false },
            legend: { orient: 'right', gradientLength: 180, tickCount: 5 },
          },
          // Vega works a tooltip out for every mark before it is shown: few fields keep large pages quick.
          tooltip: [
            { field: 'scheduler', title: 'scheduler' },
            { field: 'point', title: 'point' },
            ...varied.map(({ key, title }) => ({ field: key, title })),
            { field: 'shown', title: 'metric' },
          ],
        },
      },
    },
  }
}

/**
 * Numbers ascend, as Vega sorts them by itself: a list would be searched again for every mark. Names keep their order in
 * the sweep.
 */
function orderOf({ isNumber, values }: SweepAxis): { sort?: string[] } {
  return isNumber ? {} : { sort: [...values] as string[] }
}

/** The end of a long path says what the axis is: `link.bandwidth [GB/s]`. */
function shortTitle({ title }: SweepAxis): string {
  const parts = title.split('.')
  return parts.length > 2 ? parts.slice(-2).join('.') : title
}

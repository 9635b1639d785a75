// A metric along the only axis of a sweep: a line, or points where the axis holds names, for each scheduler.
import { type Chart, SWEEP_ROWS } from '../page.ts'
import { keyOfMetric, type SweepRows } from '../sweep-rows.ts'
import { CHART_WIDTH } from './rows.ts'

/** Undefined where not exactly one axis has several values. */
export function axisLines({ metrics, axes, schedulers }: SweepRows): Chart | undefined {
  const [axis, ...others] = axes.filter(({ values }) => values.length > 1)
  const [first] = metrics
  if (axis === undefined || others.length > 0 || first === undefined) return undefined
  const labels = metrics.map(({ label }) => label)
  return {
    id: 'axis-lines',
    title: `A metric along ${axis.title}`,
    caption: 'Choose the metric in the menu. Lines join the points of the sweep for the eye.',
    spec: {
      data: { name: SWEEP_ROWS },
      width: CHART_WIDTH,
      height: 320,
      params: [
        {
          name: 'metric',
          value: keyOfMetric(first.label),
          bind: { input: 'select', options: labels.map(keyOfMetric), labels, name: 'metric' },
        },
      ],
      transform: [{ calculate: 'datum[metric]', as: 'shown' }, { filter: 'isValid(datum.shown)' }],
      mark: axis.isNumber ? { type: 'line', point: { size: 50 } } : { type: 'point', filled: true, size: 80 },
      encoding: {
        x: axis.isNumber
          ? { field: axis.key, type: 'quantitative', title: axis.title, scale: { zero: false } }
          : { field: axis.key, type: 'ordinal', title: axis.title, sort: [...axis.values] as string[] },
        y: { field: 'shown', type: 'quantitative', title: null, scale: { zero: false } },
        color: {
          field: 'scheduler',
          type: 'nominal',
          scale: { domain: [...schedulers] },
          legend: { orient: 'top', title: null, columns: 3 },
        },
        tooltip: [
          { field: 'scheduler', title: 'scheduler' },
          { field: axis.key, title: axis.title },
          ...metrics.map(({ label }) => ({ field: keyOfMetric(label), title: label })),
        ],
      },
    },
  }
}

// All results of a sweep in two metrics, the Pareto front among them as rings.
import { type Chart, SWEEP_ROWS } from '../page.ts'
import { keyOfMetric, type SweepRows } from '../sweep-rows.ts'
import { CHART_WIDTH } from './rows.ts'

/** Shows the first two objectives; the front is that of all. Undefined where no row has both. */
export function paretoChart({ rows, objectives, schedulers, axes }: SweepRows): Chart | undefined {
  const [across, down] = objectives
  if (across === undefined || down === undefined) return undefined
  const [x, y] = [keyOfMetric(across.label), keyOfMetric(down.label)]
  const shown = rows.filter((row) => row[x] !== undefined && row[y] !== undefined)
  if (shown.length === 0) return undefined
  // A browser asks it of every row, for a second time, since marks without a place are left out anyway.
  const isWhole = shown.length === rows.length
  const names = objectives.map(({ label }) => label).join(', ')
  const varied = axes.filter(({ values }) => values.length > 1)
  return {
    id: 'pareto',
    title: `Pareto front of ${names}`,
    caption:
      objectives.length > 2
        ? 'Rings: no other result is better in one of them without being worse in another. Two of them are drawn, so some rings seem to be beaten.'
        : 'Rings: no other result is better in one of them without being worse in the other.',
    spec: {
      data: { name: SWEEP_ROWS },
      width: CHART_WIDTH,
      height: 400,
      ...(isWhole ? {} : { transform: [{ filter: `isValid(datum['${x}']) && isValid(datum['${y}'])` }] }),
      encoding: {
        x: { field: x, type: 'quantitative', title: across.label, scale: { zero: false, nice: true } },
        y: { field: y, type: 'quantitative', title: down.label, scale: { zero: false, nice: true } },
        tooltip: [
          { field: 'scheduler', title: 'scheduler' },
          { field: 'point', title: 'point' },
          ...varied.map(({ key, title }) => ({ field: key, title })),
          ...[x, y].map((field, i) => ({ field, title: objectives[i]!.label })),
        ],
      },
      layer: [
        {
          mark: { type: 'point', filled: true, size: 36, opacity: 0.75 },
          encoding: {
            color: {
              field: 'scheduler',
              type: 'nominal',
              scale: { domain: [...schedulers] },
              legend: { orient: 'top', title: null, columns: 3 },
            },
          },
        },
        {
          transform: [{ filter: 'datum.front' }],
          mark: { type: 'point', filled: false, size: 150, strokeWidth: 2 },
          encoding: { color: { field: 'scheduler', type: 'nominal', scale: { domain: [...schedulers] } } },
        },
      ],
    },
  }
}

// The page of a sweep: maps or lines over its axes, the Pareto front, what cannot run, and how to repeat it.
import type { MergedSweep } from '../../sweep/merge.ts'
import { runTitle } from '../headline.ts'
import type { Front } from '../sweep/columns.ts'
import { axisLines } from './charts/axis-lines.ts'
import { heatMap } from './charts/heat-map.ts'
import { paretoChart } from './charts/pareto.ts'
import { type Page, SWEEP_ROWS } from './page.ts'
import { keyOfMetric, type SweepRows, sweepRows } from './sweep-rows.ts'

/** More points would make a page that no browser opens at once. */
export const MAX_PAGE_POINTS = 5000

/** Reasons that are listed one by one. */
const NAMED_REFUSALS = 50

/** `objectives`: of `front`. `command`: what was typed, for the shell. */
export async function sweepPage(
  merged: MergedSweep,
  { front, objectives, command }: { front: Front; objectives: readonly string[]; command: string },
): Promise<Page> {
  const { plan, refused } = merged
  const sweep = await sweepRows(merged, front, objectives)
  const charts = [heatMap(sweep), axisLines(sweep), paretoChart(sweep)].filter((chart) => chart !== undefined)
  return {
    title: sweep.experiments.length === 0 ? plan.name : runTitle(sweep.experiments),
    facts: [
      { label: 'sweep', text: plan.name },
      {
        label: 'points',
        text: `${plan.points.length}${refused > 0 ? `, ${refused} of them cannot run` : ''}`,
      },
      ...sweep.axes.map(({ title, values }) => ({ label: title, text: valuesText(values) })),
      { label: 'schedulers', text: sweep.schedulers.join(', ') },
      { label: 'moesim', text: plan.moesim },
    ],
    datasets: { [SWEEP_ROWS]: sweep.rows },
    sections: [
      { heading: 'Results', notes: [], charts, tables: frontTable(sweep) },
      ...refusalSections(sweep),
      {
        heading: 'Repeat it',
        notes: [
          'In the folder where it was run: the same version and input give the same numbers, byte by byte.',
        ],
        charts: [],
        tables: [],
        commands: [command, `${command} --output results.csv`],
      },
    ],
  }
}

const SHOWN_VALUES = 12

function valuesText(values: readonly (string | number)[]): string {
  const shown = values.slice(0, SHOWN_VALUES).join(', ')
  return values.length > SHOWN_VALUES ? `${shown} ... (${values.length} values)` : shown
}

function frontTable({ rows, axes, objectives }: SweepRows): Page['sections'][number]['tables'] {
  const onFront = rows.filter(({ front }) => front === true)
  if (onFront.length === 0) return []
  const columns = [
    { header: 'point', key: 'point', align: 'right' as const },
    ...axes.map(({ title, key, isNumber }) => ({
      ...{ header: title, key },
      align: isNumber ? ('right' as const) : ('left' as const),
    })),
    { header: 'scheduler', key: 'scheduler', align: 'left' as const },
    ...objectives.map(({ label }) => ({
      ...{ header: label, key: keyOfMetric(label) },
      align: 'right' as const,
    })),
  ]
  return [
    {
      title: 'The Pareto front',
      columns,
      rows: onFront.map((row) => columns.map(({ key }) => `${row[key] ?? '-'}`)),
    },
  ]
}

function refusalSections({ refusals }: SweepRows): Page['sections'] {
  if (refusals.length === 0) return []
  const rest = refusals.length - NAMED_REFUSALS
  const notes = [
    ...refusals.slice(0, NAMED_REFUSALS),
    ...(rest > 0 ? [`... and ${rest} more: --output has all of them`] : []),
  ]
  return [{ heading: 'Points that cannot run', notes, charts: [], tables: [] }]
}

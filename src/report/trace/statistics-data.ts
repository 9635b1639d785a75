// The statistics of a trace as CSV and as JSON: a row per layer, statistic and phase, or the result as it is.
import { invariant } from '../../errors.ts'
import { type Measure, STATISTICS } from '../../trace/statistics/measure.ts'
import { entriesOf, type TraceStatistics } from '../../trace/statistics/result.ts'
import { csvRow } from '../csv.ts'

/** In the layer column: the mean over layers. */
const MEAN = 'mean'
const LEVELS = ['uniform', 'popularity', 'shuffled', 'sameRequest'] as const

export function statisticsCsv({ layers, summary }: TraceStatistics): string {
  const header = ['layer', 'statistic', 'phase', 'value', 'uniform', 'popularity', 'shuffled', 'sameRequest']
  const row = (layer: string, id: string, phase: string, measure: Measure) =>
    csvRow([layer, id, phase, `${measure.value}`, ...LEVELS.map((level) => `${measure[level] ?? ''}`)])
  return [
    csvRow(header),
    ...entriesOf(summary).map(({ id, phase, measure }) =>
      row(MEAN, id, phase, { ...measure, value: measure.mean }),
    ),
    ...layers.flatMap(({ layer, measures }) =>
      entriesOf(measures).map(({ id, phase, measure }) => row(`${layer}`, id, phase, measure)),
    ),
  ].join('')
}

/** The result, and what each statistic is, so that the file explains itself. */
export function statisticsJson(result: TraceStatistics): string {
  const { schemaVersion, trace, seed, summary, notMeasured, layers } = result
  const used = entriesOf(summary).map(({ id }) => [id, STATISTICS[id].about])
  const definitions = Object.fromEntries(used)
  const document = { schemaVersion, trace, seed, definitions, summary, notMeasured, layers }
  return `${JSON.stringify(document, refuseNonFinite, 2)}\n`
}

function refuseNonFinite(key: string, value: unknown): unknown {
  invariant(
    typeof value !== 'number' || Number.isFinite(value),
    () => `statistics hold ${String(value)} at "${key}"`,
  )
  return value
}

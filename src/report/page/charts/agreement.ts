// Our number over the paper's, a point for each statement that has one, coloured by its verdict.
import type { Row } from '../../../papers/figure.ts'
import { ratioOf } from '../../reproduce/data.ts'
import type { Chart, ChartRow } from '../page.ts'
import { CHART_WIDTH } from './rows.ts'

const ROW_STEP = 22
const VERDICTS = ['pass', 'partly', 'fail', 'not judged'] as const

/** Undefined where no statement has a number. */
export function agreementChart(rows: readonly Row[]): Chart | undefined {
  const values = rows.flatMap((row): ChartRow[] => {
    const ratio = ratioOf(row)
    // The scale is logarithmic: a share of nothing, or a loss where the paper has a gain, has no place on it.
    if (ratio === null || ratio <= 0) return []
    return [{ id: row.id, what: row.what, ratio, verdict: row.judgement?.verdict ?? 'not judged' }]
  })
  if (values.length === 0) return undefined
  const shown = VERDICTS.filter((verdict) => values.some((row) => row.verdict === verdict))
  return {
    id: 'agreement',
    title: 'Our number over the number of the paper',
    caption:
      'At 1 both are the same. Statements without a positive number in the paper and in ours are in the tables alone.',
    spec: {
      data: { values },
      width: CHART_WIDTH,
      height: { step: ROW_STEP },
      layer: [
        { mark: { type: 'rule', strokeDash: [4, 3] }, encoding: { x: { datum: 1 } } },
        {
          mark: { type: 'point', filled: true, size: 90, opacity: 1 },
          encoding: {
            y: { field: 'id', type: 'nominal', sort: null, title: null },
            x: { field: 'ratio', type: 'quantitative', scale: { type: 'log' }, title: 'ours / paper [x]' },
            color: {
              field: 'verdict',
              type: 'nominal',
              scale: { domain: shown },
              legend: { orient: 'top', title: 'verdict' },
            },
            shape: { field: 'verdict', type: 'nominal', scale: { domain: shown } },
            tooltip: [
              { field: 'id', title: 'row' },
              { field: 'what', title: 'what' },
              { field: 'ratio', title: 'ours / paper', format: '.3~g' },
              { field: 'verdict', title: 'verdict' },
            ],
          },
        },
      ],
    },
  }
}

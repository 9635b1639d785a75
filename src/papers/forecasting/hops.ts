// Fig. 12, lower half: hops of remote reads, of Base over those of each scheme.
import { dieCount } from '../../hardware/die-count.ts'
import type { DataTable, Figure, FigureResult, Row } from '../figure.ts'
import { mean, metric, pct } from '../measured.ts'
import { allInside, insideOf, near, withinFactor } from '../rules.ts'
import {
  ALLO,
  BASE,
  BOTH,
  type Case,
  CONFIG,
  decodeGain,
  decodeSteps,
  EP,
  extentNote,
  hopReduction,
  meanOver,
  measureCases,
  nameOf,
  PRED,
  SCHEMES,
} from './cases.ts'
import { ratioAmount, times } from './common.ts'
import { comparable } from './comparable.ts'
import { HOP_BARS, HOP_RANGES } from './published.ts'

const RUN = `${CONFIG} --model <model> --hardware <mesh> --requests <batch>`

export const hops: Figure = {
  title: 'hop reduction (Fig. 12, lower half)',
  async run(lab): Promise<FigureResult> {
    const cases = await measureCases(lab)
    return {
      rows: [
        ...SCHEMES.map((id) => averageRow(cases, id)),
        ...SCHEMES.map((id) => decodeRow(cases, id)),
        ...cases.flatMap(barRows),
        ...SCHEMES.map((id) => rangeRow(cases, id)),
      ],
      tables: [hopTable(cases)],
      notes: [
        extentNote(lab),
        'a hop is one of the request of a remote read; the weights that come back use the same links and are not counted, as in the paper. "All" has the step in which the prompts run, "decode" has not',
        `${EP} reads nothing from another die: it has no hops, and no ratio`,
      ],
    }
  },
}

function judged(ours: number, published: number, id: string) {
  return id === PRED
    ? near(ours, published, { pass: 0.25, partly: 0.5 })
    : withinFactor(ours, published, 1.5, 2)
}

function averageRow(all: readonly Case[], id: string): Row {
  const { cases, published, text } = comparable(all, id, 'hops')
  const ours = meanOver(cases, (one) => hopReduction(one, id))
  return {
    id: `hops-average-${id}`,
    claim: 'hops',
    what: `mean hop reduction of ${id}, all`,
    config: RUN,
    published: { text: `${id === BOTH ? '>' : ''}${text}`, value: published },
    ours: ratioAmount(ours),
    judgement: judged(ours.value, published, id),
    reason: `${cases.length} cases; ${spread(cases, id)}. ${whyAverage(cases, id)}`,
  }
}

function spread(cases: readonly Case[], id: string): string {
  const batches = [...new Set(cases.map(({ batch }) => batch))]
  const parts = batches.map((batch) => {
    const own = cases.filter((one) => one.batch === batch)
    return `batch ${batch} ${times(mean(own.map((one) => hopReduction(one, id).value)))}`
  })
  return parts.join(', ')
}

/** Where the hops of a scheme come from, as counted in these very cases. */
function whyAverage(cases: readonly Case[], id: string): string {
  const prefillHops = (one: Case) => metric(one.measured, id, 'hops') - metric(one.measured, id, 'hopsDecode')
  const share = mean(cases.map((one) => prefillHops(one) / Math.max(1, metric(one.measured, id, 'hops'))))
  if (id === PRED) {
    // An expert that is computed on a random die each step and stays there is fetched once by every die it meets.
    const closed = ({ point: { experiment } }: Case) => {
      const dies = dieCount(experiment.hardware.topology)
      const steps = decodeSteps(experiment.workload)
      return steps / (dies * (1 - (1 - 1 / dies) ** steps))
    }
    return `Experts that meet a random die every step and stay there would give ${times(mean(cases.map(closed)))} in decoding: it measures the length of the run`
  }
  return `${pct(share)} of the hops that are left are those of the prompts, on average`
}

/** Ratios without bound where nothing moves, so the share of Base's hops that is left. */
function decodeRow(cases: readonly Case[], id: string): Row {
  const left = (one: Case) =>
    metric(one.measured, id, 'hopsDecode') / metric(one.measured, BASE, 'hopsDecode')
  const without = cases.filter((one) => metric(one.measured, id, 'hopsDecode') === 0).length
  return {
    id: `hops-decode-${id}`,
    claim: 'hops',
    what: `hops of ${id} that are left in decode steps, share of those of ${BASE}`,
    config: RUN,
    published: null,
    ours: { value: mean(cases.map(left)), unit: 'share' },
    judgement: null,
    reason: `mean over ${cases.length} cases, from ${pct(Math.min(...cases.map(left)))} to ${pct(Math.max(...cases.map(left)))}; in ${without} of them none is left, so that a ratio has no value`,
  }
}

function barRows(one: Case): Row[] {
  const { model, mesh, batch, point, measured } = one
  const bar = batch === 4096 && HOP_BARS.find((known) => known.model === model && known.mesh === mesh)
  if (!bar) return []
  return SCHEMES.map((id) => {
    const ours = hopReduction(one, id)
    const published = bar.values[id]!
    return {
      id: `hops-bar-${model}-${mesh}-${id}`,
      what: `hop reduction of ${id}, ${nameOf(one)}, all`,
      config: point.commandFor(BASE, id),
      published: { text: `${published}x (label of the bar)`, value: published },
      ours: ratioAmount(ours),
      judgement: judged(ours.value, published, id),
      reason: `${metric(measured, BASE, 'hops')} hops of ${BASE}, ${metric(measured, id, 'hops')} of ${id}, of these ${metric(measured, id, 'hopsDecode')} in decode steps`,
    }
  })
}

/** Whether all cases lie in the range that was read off the axis. */
function rangeRow(cases: readonly Case[], id: string): Row {
  const { from, to } = HOP_RANGES[id]!
  const values = cases.map((one) => hopReduction(one, id).value)
  const outside = cases.filter((_, i) => insideOf([values[i]!], from, to) === 0)
  return {
    id: `hops-range-${id}`,
    what: `share of cases whose hop reduction of ${id}, all, lies in the range`,
    config: RUN,
    published: { text: `mostly ~${from} to ${to}x (axis)`, value: null },
    ours: { value: insideOf(values, from, to) / values.length, unit: 'share' },
    judgement: allInside(values, from, to),
    reason: `${insideOf(values, from, to)} of ${cases.length} cases lie in it, from ${times(Math.min(...values))} to ${times(Math.max(...values))}`,
    ...(outside.length > 0 && {
      detail: `outside: ${outside.map((one) => `${nameOf(one)} ${times(hopReduction(one, id).value)}`).join('; ')}`,
    }),
  }
}

function hopTable(cases: readonly Case[]): DataTable {
  return {
    name: 'hops',
    title: `hops of ${BASE} over those of each scheme: all, and in decode steps`,
    isPrinted: true,
    columns: [
      { name: 'model' },
      { name: 'mesh' },
      { name: 'batch' },
      { name: `hops of ${BASE}`, unit: 'count' },
      ...SCHEMES.flatMap((id) => [
        { name: `${id}, all`, unit: 'ratio' },
        { name: `${id}, decode`, unit: 'ratio' },
      ]),
      { name: `gain of ${ALLO}`, unit: 'ratio' },
    ],
    rows: cases.map((one) => [
      one.model,
      one.mesh,
      one.batch,
      metric(one.measured, BASE, 'hops'),
      ...SCHEMES.flatMap((id) => {
        const decode = metric(one.measured, id, 'hopsDecode')
        return [
          hopReduction(one, id).value,
          decode === 0 ? 'none left' : metric(one.measured, BASE, 'hopsDecode') / decode,
        ]
      }),
      decodeGain(one, ALLO).value,
    ]),
  }
}

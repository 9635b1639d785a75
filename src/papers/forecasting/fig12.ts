// Fig. 12: decode throughput over the round-robin Base, 4 models on 2 wafers with batches of 4096 to 16384 requests.
import type { Figure, FigureResult, Row } from '../figure.ts'
import { mean, metric, pct } from '../measured.ts'
import {
  ALLO,
  BASE,
  BOTH,
  type Case,
  CONFIG,
  decodeGain,
  EP,
  extentNote,
  MESHES,
  MODELS,
  meanOver,
  measureCases,
  nameOf,
  SCHEMES,
} from './cases.ts'
import { BAND, ratioAmount, times, within } from './common.ts'
import { comparable, comparablePart } from './comparable.ts'
import { singleRows } from './fig12-bars.ts'
import { gainTable } from './fig12-table.ts'
import { limitNotes, limitRows, measureLimits } from './memory-limit.ts'
import { measureMilder, milderRows } from './milder-skew.ts'
import { GAIN_OVER_EP } from './published.ts'

/** Of the average over all cases: the averages of the other schemes are the wider, the more they hang on the routing. */
const AVERAGE_BANDS: Readonly<Record<string, number>> = { 'pred-only': 0.15, [ALLO]: 0.1, [BOTH]: 0.1 }
const RUN = `${CONFIG} --model <model> --hardware <mesh> --requests <batch>`

export const fig12: Figure = {
  title: 'decode throughput over Base (Fig. 12)',
  async run(lab): Promise<FigureResult> {
    const cases = await measureCases(lab)
    const limits = await measureLimits(lab)
    const milder = await measureMilder(lab)
    return {
      rows: [
        ...SCHEMES.map((id) => averageRow(cases, id)),
        epAverageRow(cases),
        gainOverAlloRow(cases),
        ...MODELS.map((model) => partRow(cases, 'model', model)),
        ...MESHES.map((mesh) => partRow(cases, 'mesh', mesh)),
        ...overEpRows(cases),
        ...limitRows(limits),
        ...milderRows(milder, cases),
        ...singleRows(cases),
      ],
      tables: [gainTable(cases, limits)],
      notes: [extentNote(lab), ...limitNotes(lab, limits)],
    }
  },
}

function averageRow(all: readonly Case[], id: string): Row {
  const { cases, published, text } = comparable(all, id, 'gain')
  const ours = meanOver(cases, (one) => decodeGain(one, id))
  return {
    id: `fig12-average-${id}`,
    claim: 'averages',
    what: `mean gain of ${id} over ${BASE}`,
    config: RUN,
    published: { text, value: published },
    ours: ratioAmount(ours),
    judgement: within(ours.value, published, AVERAGE_BANDS[id]!),
    reason: `${cases.length} cases, from ${spanOf(cases, id)}; ${EP}, which needs neither allocation nor prediction, has ${times(meanOver(cases, (one) => decodeGain(one, EP)).value)} in the same cases`,
  }
}

function spanOf(cases: readonly Case[], id: string): string {
  const sorted = [...cases].sort((a, b) => decodeGain(a, id).value - decodeGain(b, id).value)
  const [lowest, highest] = [sorted[0]!, sorted.at(-1)!]
  return `${times(decodeGain(lowest, id).value)} (${nameOf(lowest)}) to ${times(decodeGain(highest, id).value)} (${nameOf(highest)})`
}

/** Most of what the schemes gain is a matter of knowing where experts lie. */
function epAverageRow(cases: readonly Case[]): Row {
  const ep = meanOver(cases, (one) => decodeGain(one, EP))
  const both = meanOver(cases, (one) => decodeGain(one, BOTH))
  const share = (ep.value - 1) / (both.value - 1)
  return {
    id: 'fig12-average-ep',
    claim: 'ep',
    what: `mean gain of ${EP} over ${BASE}`,
    config: RUN,
    published: null,
    ours: ratioAmount(ep),
    judgement: null,
    reason: `the paper prints no average of it: it alone has ${pct(share)} of what ${BOTH} gains (${times(both.value)}), by knowing where experts lie`,
  }
}

function gainOverAlloRow(all: readonly Case[]): Row {
  const { cases, published: bothPublished } = comparable(all, BOTH, 'gain')
  const both = meanOver(cases, (one) => decodeGain(one, BOTH)).value
  const allo = meanOver(cases, (one) => decodeGain(one, ALLO)).value
  const published = bothPublished / comparable(all, ALLO, 'gain').published
  return {
    id: 'fig12-both-over-allo',
    claim: 'averages',
    what: `mean gain of ${BOTH} over that of ${ALLO}`,
    config: RUN,
    published: {
      text: `1.1x; the means of ${cases.length} cases give ${times(published)}`,
      value: published,
    },
    ours: { value: both / allo, unit: 'ratio' },
    judgement: within(both / allo, published, 0.05),
    reason: `${times(both)} over ${times(allo)}: what prediction adds to allocation`,
  }
}

function partRow(cases: readonly Case[], by: 'model' | 'mesh', name: string): Row {
  const { cases: own, published, text } = comparablePart(cases, BOTH, by, name)
  const ours = meanOver(own, (one) => decodeGain(one, BOTH))
  const ep = meanOver(own, (one) => decodeGain(one, EP)).value
  return {
    id: `fig12-${by}-${name}`,
    claim: by,
    what: `mean gain of ${BOTH}, ${name}`,
    config: `${CONFIG} --${by === 'mesh' ? 'hardware' : by} ${name}`,
    published: { text, value: published },
    ours: ratioAmount(ours),
    judgement: within(ours.value, published, BAND),
    reason: `${own.length} cases, from ${spanOf(own, BOTH)}; ${EP} has ${times(ep)}`,
  }
}

function overEpRows(cases: readonly Case[]): Row[] {
  return Object.entries(GAIN_OVER_EP).flatMap(([batch, published]) => {
    const own = cases.filter((one) => one.batch === Number(batch))
    if (own.length === 0) return []
    const ours = meanOver(own, (one) => decodeGain(one, BOTH, EP))
    return {
      id: `fig12-over-ep-${batch}`,
      claim: 'ep',
      what: `mean gain of ${BOTH} over ${EP}, batch of ${batch}`,
      config: RUN,
      published: { text: published === 1 ? 'about equal' : `${published}x`, value: published },
      ours: ratioAmount(ours),
      judgement: within(ours.value, published, published === 1 ? 0.1 : BAND),
      reason: MODELS.map((model) => {
        const ofModel = own.filter((one) => one.model === model)
        if (ofModel.length === 0) return `${model} not run`
        const gain = meanOver(ofModel, (one) => decodeGain(one, BOTH, EP)).value
        return `${model} ${times(gain)} with the busiest die at ${times(mean(ofModel.map((one) => metric(one.measured, EP, 'loadImbalance'))))} of the mean under ${EP}`
      }).join(', '),
    }
  })
}

// Fig. 12, single values: the labels of its bars, and what was read off its axes.
import type { Row } from '../figure.ts'
import { metric } from '../measured.ts'
import { between } from '../rules.ts'
import {
  BASE,
  BOTH,
  type Case,
  CONFIG,
  decodeGain,
  EP,
  MODELS,
  meanOver,
  nameOf,
  SCHEMES,
  stepPs,
} from './cases.ts'
import { BAND, ratioAmount, times, within } from './common.ts'
import { DEEPSEEK_LARGER, GAIN_BARS, GAIN_RANGES, LARGER_BATCHES } from './published.ts'

const RUN = `${CONFIG} --model <model> --hardware <mesh> --requests <batch>`

export function singleRows(cases: readonly Case[]): Row[] {
  return [
    ...cases.flatMap(barRows),
    ...SCHEMES.flatMap((id) => rangeRows(cases, id)),
    ...deepseekRows(cases),
    ...largerRows(cases),
  ]
}

/** The printed bars of a case, if it has any. */
function barRows(one: Case): Row[] {
  const { model, mesh, batch, point, measured } = one
  const bar = batch === 4096 && GAIN_BARS.find((known) => known.model === model && known.mesh === mesh)
  if (!bar) return []
  return SCHEMES.map((id) => {
    const ours = decodeGain(one, id)
    const published = bar.values[id]!
    return {
      id: `fig12-bar-${model}-${mesh}-${id}`,
      what: `gain of ${id}, ${nameOf(one)}`,
      config: point.commandFor(BASE, id),
      published: { text: `${published}x (label of the bar)`, value: published },
      ours: ratioAmount(ours),
      judgement: within(ours.value, published, BAND),
      reason: `a layer and step takes ${us(stepPs(one, BASE))} under ${BASE}, ${us(stepPs(one, id))} under ${id} and ${us(stepPs(one, EP))} under ${EP}; ${id} is at ${times(metric(measured, id, 'boundRatio'))} of its ${measured.get(id)!.boundBy} bound, prompts included`,
    }
  })
}

const us = (ps: number) => `${(ps / 1e6).toFixed(0)} us`

/** The ends of what was read off the axes. */
function rangeRows(cases: readonly Case[], id: string): Row[] {
  const sorted = [...cases].sort((a, b) => decodeGain(a, id).value - decodeGain(b, id).value)
  const { from, to } = GAIN_RANGES[id]!
  const end = (name: string, one: Case, published: number): Row => ({
    id: `fig12-${name}-${id}`,
    what: `${name} gain of ${id}`,
    config: one.point.commandFor(BASE, id),
    published: { text: `~${published}x (axis)`, value: published },
    ours: ratioAmount(decodeGain(one, id)),
    judgement: within(decodeGain(one, id).value, published, BAND),
    reason: `of ${cases.length} cases it is ${nameOf(one)}`,
  })
  return [end('lowest', sorted[0]!, from), end('highest', sorted.at(-1)!, to)]
}

function deepseekRows(cases: readonly Case[]): Row[] {
  return DEEPSEEK_LARGER.flatMap(({ batch, from, to }) => {
    const one = cases.find(
      (known) => known.model === 'deepseek-v3' && known.mesh === 'dojo-5x5' && known.batch === batch,
    )
    if (one === undefined) return []
    const ours = decodeGain(one, BOTH)
    return {
      id: `fig12-deepseek-${batch}`,
      what: `gain of ${BOTH}, ${nameOf(one)}`,
      config: one.point.commandFor(BASE, BOTH),
      published: { text: `~${from} to ${to}x (axis)`, value: (from + to) / 2 },
      ours: ratioAmount(ours),
      judgement: between(ours.value, from, to),
      reason: `${EP} has ${times(decodeGain(one, EP).value)}`,
    }
  })
}

/** Two batches on two wafers. */
const LARGER_CASES = 4

/** What averages and bars leave for the larger batches. */
function largerRows(cases: readonly Case[]): Row[] {
  return MODELS.flatMap((model) => {
    const own = cases.filter((one) => one.model === model && one.batch > 4096)
    // Of fewer cases there is no published mean.
    if (own.length < LARGER_CASES) return []
    const ours = meanOver(own, (one) => decodeGain(one, BOTH))
    const published = LARGER_BATCHES[model]!
    return {
      id: `fig12-larger-${model}`,
      what: `mean gain of ${BOTH}, ${model}, larger batches`,
      config: RUN,
      published: { text: `${published}x (follows from averages and bars)`, value: published },
      ours: ratioAmount(ours),
      judgement: within(ours.value, published, 2 * BAND),
      reason: own.map((one) => `${nameOf(one)}: ${times(decodeGain(one, BOTH).value)}`).join('; '),
    }
  })
}

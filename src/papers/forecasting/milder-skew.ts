// Fig. 12 on routing that is less skewed than the paper's next-token statistics say: what hangs on the calibration.
import type { Row } from '../figure.ts'
import type { Lab, Point } from '../lab.ts'
import { BOTH, type Case, type CaseName, CONFIG, decodeGain, EP, nameOf, PRED } from './cases.ts'
import { ratioAmount, times } from './common.ts'

/** Generator settings by model: those of a check of the published description, not the paper's. */
const MILDER: Readonly<Record<string, { readonly skew: number; readonly reuse: number }>> = {
  'deepseek-v3': { skew: 0.75, reuse: 0.12 },
  'kimi-k2': { skew: 0.95, reuse: 0.12 },
  'llama-4-maverick': { skew: 1.6, reuse: 0.35 },
  'qwen3-235b-a22b': { skew: 1.15, reuse: 0.2 },
}
const FULL = Object.keys(MILDER)
const QUICK = ['deepseek-v3']

/** Cases with the largest batch, where the busiest expert decides; a quick call has the smallest. */
export async function measureMilder(lab: Lab): Promise<Case[]> {
  const batch = lab.pick(16_384, 4096)
  const names = lab.pick(FULL, QUICK).map((model): CaseName => ({ model, mesh: 'dojo-5x5', batch }))
  const points: Point[] = []
  for (const { model, mesh, batch } of names) {
    const { skew, reuse } = MILDER[model]!
    const flags = { hardware: mesh, model, requests: `${batch}`, layers: lab.pick('sample:2', 'sample:1') }
    const sets = [`generator.skew=${skew}`, `generator.reuse=${reuse}`]
    points.push(await lab.load(CONFIG, { flags, sets }))
  }
  const measured = await lab.measure(points)
  return names.map((name, i) => ({ ...name, point: points[i]!, measured: measured[i]! }))
}

/** `calibrated`: the cases of the figure, some of which these are less skewed forms of. */
export function milderRows(milder: readonly Case[], calibrated: readonly Case[]): Row[] {
  return milder.map((one) => {
    const { model, mesh, batch, point } = one
    const { skew, reuse } = MILDER[model]!
    const same = calibrated.find((known) => nameOf(known) === nameOf({ model, mesh, batch }))
    const ours = decodeGain(one, BOTH)
    return {
      id: `fig12-milder-${model}`,
      claim: 'averages',
      what: `gain of ${BOTH} with skew ${skew} and reuse ${reuse}, ${nameOf(one)}`,
      config: point.command,
      published: null,
      ours: ratioAmount(ours),
      judgement: null,
      reason: `${same ? `${times(decodeGain(same, BOTH).value)} on the calibrated routing` : 'the calibrated case was not run'}; ${PRED} ${times(decodeGain(one, PRED).value)}, ${EP} ${times(decodeGain(one, EP).value)}, ${BOTH} over ${EP} ${times(decodeGain(one, BOTH, EP).value)}; no band is judged on this routing`,
    }
  })
}

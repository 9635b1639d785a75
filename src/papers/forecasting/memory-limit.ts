// Fig. 12 with memory as large as it is: replicas limited to what the experts leave, and the machine without idealizations.
import { UserError } from '../../errors.ts'
import type { Row } from '../figure.ts'
import type { Lab, Point } from '../lab.ts'
import {
  BASE,
  BOTH,
  type Case,
  type CaseName,
  CONFIG,
  decodeGain,
  EP,
  nameOf,
  PRED,
  SCHEMES,
} from './cases.ts'
import { ratioAmount, times } from './common.ts'

/** The paper's machine, replicas limited. */
const LIMITED_PRED = `${PRED}:replicas=physical`
const LIMITED_BOTH = `${BOTH}:replicas=physical`
const LIMITED = [BASE, EP, PRED, LIMITED_PRED, BOTH, LIMITED_BOTH]
const PHYSICAL = [BASE, EP, ...SCHEMES]
/** Its experts fill more than the memory at two bytes a weight: it runs with one. */
const MISFIT = 'kimi-k2'
const ONE_BYTE = 'model.weight_bytes=1'

const at = (model: string, batch: number): CaseName => ({ model, mesh: 'tsmc-sow-3x8', batch })
const FULL: readonly CaseName[] = [
  at('deepseek-v3', 4096),
  at('deepseek-v3', 16384),
  at('llama-4-maverick', 4096),
  at('qwen3-235b-a22b', 4096),
  at('qwen3-235b-a22b', 16384),
  at(MISFIT, 4096),
]
const QUICK_STEPS = 31
const QUICK: readonly CaseName[] = [at('qwen3-235b-a22b', 4096), at(MISFIT, 4096)]

/** One case under both limits. */
interface LimitedCase {
  /** The paper's machine with replicas limited; absent of the model that does not fit. */
  readonly limited: Case | undefined
  readonly physical: Case
}

export interface Limits {
  readonly cases: readonly LimitedCase[]
  /** What is said of the model that does not fit. */
  readonly refusal: string
}

export async function measureLimits(lab: Lab): Promise<Limits> {
  const layers = lab.pick('sample:2', 'sample:1')
  const load = (
    { model, mesh, batch }: CaseName,
    schedulers: readonly string[],
    sets: readonly string[],
    more: { readonly decodeSteps?: string } = {},
  ) => {
    const flags = { model, hardware: mesh, requests: `${batch}`, layers, schedulers, ...more }
    return lab.load(CONFIG, { flags, sets })
  }
  // Messages that share links take long to simulate.
  const fewer = lab.pick({}, { decodeSteps: `${QUICK_STEPS}` })
  const settings: { name: CaseName; limited: Point | undefined; physical: Point }[] = []
  for (const name of lab.pick(FULL, QUICK)) {
    const isMisfit = name.model === MISFIT
    settings.push({
      name,
      limited: isMisfit ? undefined : await load(name, LIMITED, []),
      physical: await load(name, PHYSICAL, ['compat=physical', ...(isMisfit ? [ONE_BYTE] : [])], fewer),
    })
  }
  const points = settings.flatMap(({ limited, physical }) => (limited ? [limited, physical] : [physical]))
  const results = await lab.measure(points)
  const caseOf = (name: CaseName, point: Point): Case => ({
    ...name,
    point,
    measured: results[points.indexOf(point)]!,
  })
  return {
    cases: settings.map(({ name, limited, physical }) => ({
      limited: limited && caseOf(name, limited),
      physical: caseOf(name, physical),
    })),
    refusal: await refusalOf(lab),
  }
}

/** Runs the model that does not fit; the experiment that is refused is as small as can be. */
async function refusalOf(lab: Lab): Promise<string> {
  const flags = { model: MISFIT, requests: '4', decodeSteps: '1', layers: 'sample:1', schedulers: [EP] }
  const point = await lab.load(CONFIG, { flags, sets: ['compat=physical'] })
  try {
    await lab.measure([point])
  } catch (error) {
    if (error instanceof UserError) return error.message
    throw error
  }
  return 'it is not refused'
}

export function limitNotes(lab: Lab, { refusal }: Limits): string[] {
  return [
    `real memory: ${lab.pick('6 cases with 2 sampled layers', `2 cases with one layer, ${QUICK_STEPS} decode steps under compat=physical`)}; "replicas=physical" is the paper's machine with room for replicas as the experts leave it, "compat=physical" the machine without any of the paper's idealizations`,
    `${MISFIT} at two bytes a weight, compat=physical: ${refusal}; it is run with one byte a weight there`,
  ]
}

export function limitRows({ cases }: Limits): Row[] {
  return [
    ...cases.flatMap(({ limited }) => (limited ? [predRow(limited), bothRow(limited)] : [])),
    ...cases.map(({ physical }) => physicalRow(physical)),
  ]
}

const idOf = ({ model, batch }: CaseName) => `${model}-${batch}`

/** Without replicas beyond what fits, Pred Only is Base. */
function predRow(one: Case): Row {
  const ours = decodeGain(one, LIMITED_PRED)
  return {
    id: `fig12-limit-pred-${idOf(one)}`,
    claim: 'memory',
    what: `gain of ${LIMITED_PRED}, ${nameOf(one)}`,
    config: one.point.commandFor(BASE, PRED, LIMITED_PRED),
    published: null,
    ours: ratioAmount(ours),
    judgement: null,
    reason: `not in the paper, whose machine has no limit, where it gains ${times(decodeGain(one, PRED).value)}`,
  }
}

function bothRow(one: Case): Row {
  const ours = decodeGain(one, LIMITED_BOTH, BOTH)
  return {
    id: `fig12-limit-both-${idOf(one)}`,
    claim: 'memory',
    what: `throughput of ${LIMITED_BOTH} over that of ${BOTH}, ${nameOf(one)}`,
    config: one.point.commandFor(BASE, BOTH, LIMITED_BOTH),
    published: null,
    ours: ratioAmount(ours),
    judgement: null,
    reason: `not in the paper; ${times(decodeGain(one, LIMITED_BOTH).value)} over ${BASE} with the limit, ${times(decodeGain(one, BOTH).value)} without, ${times(decodeGain(one, EP).value)} for ${EP}`,
  }
}

function physicalRow(one: Case): Row {
  const ours = decodeGain(one, BOTH)
  const { weightBytes } = one.point.experiment.model
  return {
    id: `fig12-physical-${idOf(one)}`,
    claim: 'memory',
    what: `gain of ${BOTH}, ${nameOf(one)}, compat=physical`,
    config: one.point.command,
    published: null,
    ours: ratioAmount(ours),
    judgement: null,
    reason: `${weightBytes} B a weight; ${PRED} ${times(decodeGain(one, PRED).value)}, allo-only ${times(decodeGain(one, 'allo-only').value)}, ${EP} ${times(decodeGain(one, EP).value)}, all over ${BASE} on the same machine: full-duplex links shared by messages, activations that travel, replicas that fit`,
  }
}

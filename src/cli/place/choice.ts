// The command line of `moesim place` as values, checked as far as it can be without files.
import { type Diagnostic, fail, finding, nearest, UserError } from '../../errors.ts'
import { ALGORITHM_IDS, type AlgorithmId } from '../../place/algorithm-ids.ts'
import type { Span } from '../../place/source.ts'
import { type OptionValues, splitSchedulerText } from '../../schedulers/options.ts'
import { resolveScheduler } from '../../schedulers/table.ts'
import { parseQuantity } from '../../units.ts'
import {
  DEFAULT_HORIZON,
  DEFAULT_LAYERS,
  DEFAULT_SECONDS,
  DEFAULT_TOKENS,
  DEFAULT_WINDOWS,
  type PlaceOptions,
} from './options.ts'

/** What `moesim place` does. */
export interface PlaceChoice {
  readonly algorithm: AlgorithmId
  readonly slots: number | undefined
  readonly devices: number | undefined
  readonly nodes: number | undefined
  readonly groups: number | undefined
  /** For all layers together. */
  readonly seconds: number
  readonly fit: Span | undefined
  readonly judge: Span | undefined
  readonly windows: number
  /** Of a step that is timed. */
  readonly tokens: number
  /** That are timed, at most. */
  readonly mostLayers: number
  readonly horizonSteps: number
  /** Of ep. */
  readonly schedulerOptions: OptionValues
}

const MOST_STEPS = 1e8
const MOST_WINDOWS = 1000
const MOST_DEVICES = 4096
const PS_PER_S = 1e12

/** Throws UserError with all that is wrong. */
export function placeChoice(options: PlaceOptions): PlaceChoice {
  const findings: Diagnostic[] = []
  const whole = (flag: string, text: string | undefined, most: number) => {
    if (text === undefined) return undefined
    const value = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : 0
    if (value >= 1 && value <= most) return value
    findings.push(badValue(flag, `a whole number from 1 to ${most}`, text))
    return undefined
  }
  const algorithm = ALGORITHM_IDS.find((id) => id === options.algorithm)
  if (algorithm === undefined) {
    const suggestion = nearest(options.algorithm, ALGORITHM_IDS)
    const args = { kind: 'placement algorithm', name: options.algorithm, allowed: ALGORITHM_IDS }
    findings.push(finding('unknown-name', { ...args, ...(suggestion && { suggestion }) }))
  }
  const slots = whole('--slots', options.slots, MOST_DEVICES)
  const devices = whole('--devices', options.devices, MOST_DEVICES)
  const nodes = whole('--nodes', options.nodes, MOST_DEVICES)
  const groups = whole('--groups', options.groups, MOST_DEVICES)
  const windows = whole('--windows', options.windows, MOST_WINDOWS) ?? DEFAULT_WINDOWS
  const tokens = whole('--tokens', options.tokens, 65_536) ?? DEFAULT_TOKENS
  const mostLayers = whole('--layers', options.layers, MOST_WINDOWS) ?? DEFAULT_LAYERS
  const horizonSteps = whole('--horizon', options.horizon, MOST_STEPS) ?? DEFAULT_HORIZON
  const schedulerOptions = schedulerOf(options.scheduler ?? 'ep', findings)
  const fit = spanOf('--fit', options.fit, findings)
  const judge = spanOf('--judge', options.judge, findings)
  const seconds = secondsOf(options.time, findings)
  findings.push(...contradictions(options))
  if (findings.length > 0) throw new UserError(findings)
  return {
    ...{ algorithm: algorithm!, slots, devices, nodes, groups, seconds, fit, judge, windows },
    ...{ tokens, mostLayers, horizonSteps, schedulerOptions },
  }
}

/** The options of ep under which steps are timed. */
function schedulerOf(text: string, findings: Diagnostic[]): OptionValues {
  const raw = splitSchedulerText(text)
  if (raw?.name !== 'ep' || Object.hasOwn(raw.options, 'placement')) {
    findings.push(
      badValue('--scheduler', 'ep and its options, without placement, such as ep:prefetch=1', text),
    )
    return {}
  }
  const { resolved, findings: found } = resolveScheduler(raw, 'physical', { file: '--scheduler' })
  findings.push(...found)
  // Any name of a file: what is in it is handed over as it is.
  return { ...resolved?.options, placement: 'placement.json' }
}

function contradictions(options: PlaceOptions): Diagnostic[] {
  const { hardware, devices, algorithm, nodes, groups, time } = options
  const findings: Diagnostic[] = []
  const refuse = (what: string, hint: string) => findings.push(finding('usage', { what, hint }))
  if (hardware === undefined && devices === undefined) {
    refuse('nothing says how many devices there are', 'give --hardware NAME, or --devices N for counts alone')
  }
  if (hardware !== undefined && devices !== undefined) {
    refuse('--hardware says how many devices there are', 'leave --devices out')
  }
  const timed = (['tokens', 'layers', 'scheduler'] as const).find((name) => options[name] !== undefined)
  if (hardware === undefined && timed !== undefined) {
    refuse(`--${timed} goes with --hardware, on which steps are timed`, 'leave it out, or name the hardware')
  }
  if (algorithm !== 'eplb' && (nodes !== undefined || groups !== undefined)) {
    refuse('--nodes and --groups go with the algorithm eplb', 'leave them out')
  }
  if (algorithm !== 'optimal' && time !== undefined) {
    refuse('--time goes with the algorithm optimal', 'leave it out')
  }
  return findings
}

const badValue = (where: string, expected: string, got: string) =>
  finding('bad-value', { where, expected, got: `"${got}"` })

const SPAN = /^(\d(?:\.\d{1,9})?)\.\.(\d(?:\.\d{1,9})?)$/

function spanOf(flag: string, text: string | undefined, findings: Diagnostic[]): Span | undefined {
  if (text === undefined) return undefined
  const [, from, to] = SPAN.exec(text)?.map(Number) ?? []
  if (from !== undefined && to !== undefined && from < to && to <= 1) return { from, to }
  findings.push(badValue(flag, 'a part such as 0..0.5, from 0 to 1', text))
  return undefined
}

function secondsOf(text: string | undefined, findings: Diagnostic[]): number {
  if (text === undefined) return DEFAULT_SECONDS
  const ps = parseQuantity(text, 'time')
  if (typeof ps === 'number') return ps / PS_PER_S
  findings.push(finding('bad-value', { where: '--time', got: `"${text}"`, ...ps }))
  return 0
}

/** Of eplb by node: absent without `--nodes`. Throws UserError. */
export function nodeGroupsOf(
  { nodes, groups }: PlaceChoice,
  routerGroups: number | undefined,
): { readonly nodes: number; readonly groups: number } | undefined {
  if (nodes === undefined) {
    if (groups === undefined) return undefined
    return fail('usage', {
      what: '--groups goes with --nodes',
      hint: 'give both, or none for the global form',
    })
  }
  const known = groups ?? routerGroups
  if (known !== undefined) return { nodes, groups: known }
  return fail('usage', {
    what: 'eplb by node packs groups of experts, and nothing says how many there are',
    hint: 'give --groups N, or --model NAME of one whose router has groups',
  })
}

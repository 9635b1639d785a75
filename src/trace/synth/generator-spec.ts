// What routing can be generated from: knobs or counts, the shape of a model, and the check of them.
import { type Diagnostic, finding, UserError } from '../../errors.ts'
import { type DepthValue, depthText, isInOrder, valuesOf } from './depth.ts'
import type { StructureKnobs } from './knobs.ts'

/** What the generator is asked for; see generator.ts for the meaning of the knobs, knobs.ts for `structure`. */
export interface GeneratorSpec {
  readonly skew: DepthValue
  readonly reuse: DepthValue
  /** Groups of consecutive requests that share their own popularity. */
  readonly topics: number
  readonly requests: number
  /** Of each request, or the mean where `structure` spreads or lists lengths. */
  readonly prefillTokens: number
  readonly decodeTokens: number
  /** Absent: none of its knobs is on. */
  readonly structure?: StructureKnobs
}

/** What is still asked for where popularity is counted: not skew and topics, which the counts replace. */
export type CountedSpec = Pick<GeneratorSpec, 'reuse' | 'requests' | 'prefillTokens' | 'decodeTokens'>

/** The part of its tokens that chose each expert of a layer, top-k in sum: [expert]. */
export type CountedShares = ReadonlyMap<number, Float64Array>

/** The part of a model that routing depends on; `layers` are the model layer ids to cover, ascending. */
export interface RoutingShape {
  readonly experts: number
  readonly topK: number
  readonly layers: readonly number[]
  readonly router?: { readonly groups: number; readonly groupsPerToken: number } | undefined
}

/** Expert ids are stored in 16 bits. */
export const MAX_EXPERTS = 65_536

/** Most groups of requests: each has a popularity of its own, and a sampler of all experts. */
export const MAX_TOPICS = 10_000

/** Most kinds of token: each layer holds a sampler of all experts for each. */
export const MAX_CLASSES = 1024

/** The largest value of each knob of `structure`, which are numbers from 0. */
export const MOST_OF_KNOB = {
  affinity: 10,
  focus: 1,
  persistence: 1,
  coactivation: 1,
  drift: 1,
  lengthSpread: 5,
} as const

/** Shares are written with so many digits that their sum is right to this. */
const SUM_TOLERANCE = 1e-3

function isPopularity(shares: readonly number[], { experts, topK }: RoutingShape): boolean {
  if (shares.length !== experts || shares.some((share) => !(share >= 0 && share <= 1))) return false
  return Math.abs(shares.reduce((a, b) => a + b, 0) / topK - 1) < SUM_TOLERANCE
}

/** Throws a UserError with every impossible value at once. */
export function checkGeneratorInput(spec: GeneratorSpec, shape: RoutingShape, seed: number): void {
  const findings: Diagnostic[] = []
  const check = (isFine: boolean, where: string, expected: string, got: number | string) => {
    if (!isFine) findings.push(finding('bad-value', { where, expected, got: String(got) }))
  }
  const whole = (value: number, least: number) => Number.isSafeInteger(value) && value >= least
  check(Number.isSafeInteger(seed), 'seed', 'an integer', seed)
  const checkDepth = (value: DepthValue, where: string, most: number) => {
    check(isInOrder(value), where, 'pairs of layer and value, layers ascending', depthText(value))
    const expected = most === Number.POSITIVE_INFINITY ? 'a number >= 0' : `a number from 0 to ${most}`
    for (const at of valuesOf(value)) check(Number.isFinite(at) && at >= 0 && at <= most, where, expected, at)
  }
  checkDepth(spec.skew, 'skew', Number.POSITIVE_INFINITY)
  checkDepth(spec.reuse, 'reuse', 1)
  for (const [where, most] of Object.entries(MOST_OF_KNOB)) {
    checkDepth(spec.structure?.[where as keyof typeof MOST_OF_KNOB] ?? 0, where, most)
  }
  const { classes = 0, lengths, popularity } = spec.structure ?? {}
  check(
    whole(classes, 0) && classes <= MAX_CLASSES,
    'classes',
    `an integer from 0 to ${MAX_CLASSES}`,
    classes,
  )
  const areLengths = lengths?.every(([p, d]) => whole(p, 0) && whole(d, 0) && p + d > 0) ?? true
  check(areLengths && lengths?.length !== 0, 'lengths', 'pairs of token counts, at least 1 in sum', 'others')
  for (const { layer, prefill, decode } of popularity ?? []) {
    const isFine = [prefill, decode].every((of) => isPopularity(of, shape))
    check(
      isFine,
      `popularity of layer ${layer}`,
      `${shape.experts} shares from 0 to 1, ${shape.topK} in sum`,
      'others',
    )
  }
  const missing = popularity && shape.layers.find((id) => !popularity.some(({ layer }) => layer === id))
  check(missing === undefined, 'layers', 'layers whose popularity is given', missing ?? '')
  check(
    whole(spec.topics, 1) && spec.topics <= MAX_TOPICS,
    'topics',
    `an integer from 1 to ${MAX_TOPICS}`,
    spec.topics,
  )
  check(whole(spec.requests, 1), 'requests', 'an integer >= 1', spec.requests)
  check(whole(spec.prefillTokens, 0), 'prefillTokens', 'an integer >= 0', spec.prefillTokens)
  check(whole(spec.decodeTokens, 0), 'decodeTokens', 'an integer >= 0', spec.decodeTokens)
  const tokens = spec.prefillTokens + spec.decodeTokens
  check(!(tokens < 1), 'prefillTokens + decodeTokens', 'at least 1', tokens)
  check(whole(shape.experts, 1) && shape.experts <= MAX_EXPERTS, 'experts', '1..65536', shape.experts)
  check(
    whole(shape.topK, 1) && shape.topK <= shape.experts,
    'topK',
    `1..${shape.experts} (the number of experts)`,
    shape.topK,
  )
  check(shape.layers.length > 0, 'layers', 'at least one layer', 'none')
  const { router } = shape
  if (router) {
    const isDivisor = whole(router.groups, 1) && shape.experts % router.groups === 0
    check(isDivisor, 'router.groups', `a divisor of ${shape.experts} experts`, router.groups)
    const least = Math.ceil((shape.topK * router.groups) / shape.experts)
    const isEnough = whole(router.groupsPerToken, least) && router.groupsPerToken <= router.groups
    check(
      isEnough,
      'router.groupsPerToken',
      `${least}..${router.groups} (top-${shape.topK} needs ${least})`,
      router.groupsPerToken,
    )
  }
  if (findings.length > 0) throw new UserError(findings)
}

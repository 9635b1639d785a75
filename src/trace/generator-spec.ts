// What the generator can be asked for: its shape argument, and the check of both.
import { type Diagnostic, finding, UserError } from '../errors.ts'
import type { GeneratorSpec } from './source.ts'

/** The part of a model that routing depends on; `layers` are the model layer ids to cover, ascending. */
export interface RoutingShape {
  readonly experts: number
  readonly topK: number
  readonly layers: readonly number[]
  readonly router?: { readonly groups: number; readonly groupsPerToken: number } | undefined
}

/** Expert ids are stored in 16 bits. */
export const MAX_EXPERTS = 65_536

/** Throws a UserError with every impossible value at once. */
export function checkGeneratorInput(spec: GeneratorSpec, shape: RoutingShape, seed: number): void {
  const findings: Diagnostic[] = []
  const check = (isFine: boolean, where: string, expected: string, got: number | string) => {
    if (!isFine) findings.push(finding('bad-value', { where, expected, got: String(got) }))
  }
  const whole = (value: number, least: number) => Number.isSafeInteger(value) && value >= least
  check(Number.isSafeInteger(seed), 'seed', 'an integer', seed)
  check(Number.isFinite(spec.skew) && spec.skew >= 0, 'skew', 'a number >= 0', spec.skew)
  check(spec.reuse >= 0 && spec.reuse <= 1, 'reuse', 'a number from 0 to 1', spec.reuse)
  check(whole(spec.topics, 1), 'topics', 'an integer >= 1', spec.topics)
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

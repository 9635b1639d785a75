// What `moesim trace cache` is told on the command line: policies, sizes, and what only some policies need.
import { CACHE_POLICIES, CACHE_POLICY_IDS, type CachePolicyId } from '../../cache/table.ts'
import { type Diagnostic, fail, finding, nearest, UserError } from '../../errors.ts'
import type { TraceFormatId } from '../../trace/formats/format-ids.ts'
import { formatQuantity, parseQuantity } from '../../units.ts'
import type { PageOptions } from '../page-output.ts'

export interface CacheOptions extends PageOptions {
  readonly from?: TraceFormatId
  readonly model?: string
  readonly quiet?: boolean
  readonly policy?: string
  readonly slots?: string
  readonly capacity?: string
  readonly perLayer?: boolean
  readonly halfLife?: string
  readonly profile?: string
  readonly format: 'table' | 'json' | 'csv'
  readonly output?: string
}

interface TypedSize {
  readonly text: string
  readonly bytes: number
}

export interface ChosenCaches {
  readonly policies: readonly CachePolicyId[]
  /** `ladder`: nothing is said. */
  readonly sizes:
    | { readonly kind: 'slots'; readonly slots: readonly number[] }
    | { readonly kind: 'bytes'; readonly sizes: readonly TypedSize[] }
    | { readonly kind: 'all' | 'ladder' }
  readonly isPerLayer: boolean
  readonly halfLifeTokens: number
}

/** Of the counts of `lfru`. */
export const DEFAULT_HALF_LIFE_TOKENS = 16

const MOST_TOKENS = 1e9

/** Throws UserError with all that is wrong. */
export function chosenCaches(options: CacheOptions): ChosenCaches {
  const { profile, halfLife, perLayer: isPerLayer = false } = options
  const findings: Diagnostic[] = []
  const policies = policiesOf(options, findings)
  const sizes = sizesOf(options, findings)
  if (profile !== undefined && options.policy !== undefined && !policies.some(needsProfile)) {
    const hint = 'add it to --policy, or leave --profile out'
    findings.push(finding('usage', { what: '--profile goes with the policy static', hint }))
  }
  if (halfLife !== undefined && !policies.includes('lfru')) {
    const hint = 'add it to --policy, or leave --half-life out'
    findings.push(finding('usage', { what: '--half-life goes with the policy lfru', hint }))
  }
  const halfLifeTokens = halfLife === undefined ? DEFAULT_HALF_LIFE_TOKENS : wholeNumber(halfLife)
  if (halfLifeTokens === undefined || halfLifeTokens > MOST_TOKENS) {
    const expected = `a whole number of tokens from 1 to ${MOST_TOKENS}`
    findings.push(finding('bad-value', { where: '--half-life', expected, got: `"${halfLife}"` }))
  }
  if (findings.length > 0) throw new UserError(findings)
  return { policies, sizes, isPerLayer, halfLifeTokens: halfLifeTokens! }
}

function needsProfile(policy: CachePolicyId): boolean {
  const definition = CACHE_POLICIES[policy]
  return 'needs' in definition && definition.needs === 'profile'
}

function policiesOf({ policy, profile }: CacheOptions, findings: Diagnostic[]): CachePolicyId[] {
  if (policy === undefined) {
    return CACHE_POLICY_IDS.filter((id) => profile !== undefined || !needsProfile(id))
  }
  const policies = new Set<CachePolicyId>()
  for (const name of policy.split(',').map((part) => part.trim())) {
    const id = CACHE_POLICY_IDS.find((known) => known === name)
    if (id === undefined) {
      const suggestion = nearest(name, CACHE_POLICY_IDS)
      const args = {
        kind: 'cache policy',
        name,
        allowed: CACHE_POLICY_IDS,
        ...(suggestion && { suggestion }),
      }
      findings.push(finding('unknown-name', args))
    } else if (needsProfile(id) && profile === undefined) {
      const hint = 'give --profile FILE: another trace, or counts, of the same model'
      findings.push(finding('usage', { what: `the policy ${id} needs to know what is used most`, hint }))
    } else policies.add(id)
  }
  return [...policies]
}

function sizesOf({ slots, capacity, model }: CacheOptions, findings: Diagnostic[]): ChosenCaches['sizes'] {
  if (slots !== undefined && capacity !== undefined) {
    const hint = 'keep one of them: --slots counts experts, --capacity bytes'
    findings.push(finding('usage', { what: '--slots and --capacity exclude each other', hint }))
    return { kind: 'ladder' }
  }
  if (capacity !== undefined) return bytesOf(capacity, model, findings)
  if (slots === undefined) return { kind: 'ladder' }
  if (slots === 'all') return { kind: 'all' }
  const numbers = slots.split(',').map((part) => wholeNumber(part.trim()))
  const whole = numbers.filter((number) => number !== undefined)
  if (whole.length < numbers.length) {
    const expected = 'whole numbers of experts from 1 on such as 201,402, or all'
    findings.push(finding('bad-value', { where: '--slots', expected, got: `"${slots}"` }))
  }
  return { kind: 'slots', slots: whole }
}

function bytesOf(capacity: string, model: string | undefined, findings: Diagnostic[]): ChosenCaches['sizes'] {
  const texts = capacity.split(',').map((part) => part.trim())
  const sizes = texts.flatMap((text): TypedSize[] => {
    const bytes = parseQuantity(text, 'size')
    if (typeof bytes === 'number') return [{ text, bytes }]
    findings.push(finding('bad-value', { where: '--capacity', got: `"${text}"`, ...bytes }))
    return []
  })
  if (model === undefined && sizes.length === texts.length) {
    const hint = 'name the model: --model NAME or a config.json; or count in experts: --slots'
    findings.push(finding('usage', { what: '--capacity needs the size of an expert', hint }))
  }
  return { kind: 'bytes', sizes }
}

/** What is known of the model once `--model` names it. */
export interface SizedModel {
  readonly model: string
  readonly expertBytes: number
}

/** The same with sizes in experts. Throws UserError where one holds none. */
export function inSlots(chosen: ChosenCaches, sized: SizedModel | undefined): ChosenCaches {
  if (chosen.sizes.kind !== 'bytes') return chosen
  const { model, expertBytes } = sized!
  const slots = chosen.sizes.sizes.map(({ text, bytes }) => {
    if (bytes >= expertBytes) return Math.floor(bytes / expertBytes)
    const expected = `at least one expert of ${model}, ${formatQuantity(expertBytes, 'size')}`
    throw new UserError([finding('bad-value', { where: '--capacity', expected, got: `"${text}"` })])
  })
  return { ...chosen, sizes: { kind: 'slots', slots } }
}

/** Rungs of the sizes where none are asked for: all experts, half of them, and so on. */
const RUNGS = 6
/** Of `--slots all`: results of more would fill the memory. */
const MOST_SIZES = 100_000

/** The sizes in experts, ascending. `experts`: of all layers together. Throws UserError where they do not fit these. */
export function slotsFor(
  { sizes, isPerLayer }: ChosenCaches,
  { experts, layers }: { readonly experts: number; readonly layers: number },
): number[] {
  const fewest = isPerLayer ? layers : 1
  if (sizes.kind === 'all') {
    if (experts <= MOST_SIZES) {
      return Array.from({ length: experts - fewest + 1 }, (_, i) => fewest + i)
    }
    const hint = `name some of them: all is for models of up to ${MOST_SIZES}`
    return fail('usage', { what: `--slots all are ${experts} sizes, one for each expert`, hint })
  }
  const wanted =
    sizes.kind === 'slots'
      ? sizes.slots
      : Array.from({ length: RUNGS }, (_, rung) => Math.max(fewest, Math.floor(experts / 2 ** rung)))
  const small = wanted.find((slots) => slots < fewest)
  if (small !== undefined) {
    const what = `--per-layer needs ${fewest} slots, one for each layer, got ${small}`
    return fail('usage', { what, hint: 'give more, or leave --per-layer out' })
  }
  return [...new Set(wanted)].sort((a, b) => a - b)
}

/** From 1 on. */
function wholeNumber(text: string): number | undefined {
  return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined
}

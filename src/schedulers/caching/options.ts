// The options of schedulers that keep experts in a cache, and which of them do not go together.
import { CACHE_POLICY_IDS } from '../../cache/table.ts'
import type { DiagnosticArguments } from '../../errors.ts'
import type { Compat } from '../../hardware/package.ts'
import type { OptionSpec, OptionsOf, OptionTable } from '../options.ts'
import type { RunCachePolicy } from './cache.ts'

const POLICIES: readonly RunCachePolicy[] = ['none', ...CACHE_POLICY_IDS, 'benefit']

export const CACHE_OPTIONS = {
  cache: {
    type: 'enum',
    default: 'none',
    values: POLICIES,
    doc: 'which experts stay on a die from one iteration to the next, by who leaves where room is short (moesim trace cache); min: the one used again latest, an oracle; benefit: the one of which predictor= expects least in its next iteration, times what it costs to bring; none: every layer reads its weights anew',
  },
  'cache-bytes': {
    type: 'size',
    default: 'room',
    doc: 'room of the cache on each die, for the simulated layers together: state a share of it where few of many layers are simulated. Where the hardware has memory.tiers, it is in the memory in front of them, else in SRAM in front of the memory; room: all that is not kept back, in SRAM all that slices at work and tokens leave; 0: no cache',
  },
  'cache-scope': {
    type: 'enum',
    default: 'pool',
    values: ['pool', 'layer'],
    doc: "pool: the layers share the room, and are simulated in a row; layer: each of the model's MoE layers has an equal part",
  },
  'cache-unit': {
    type: 'enum',
    default: 'expert',
    values: ['expert', 'slice'],
    doc: 'what comes and goes: whole experts, or each of their slices by itself',
  },
  'cache-start': {
    type: 'enum',
    default: 'cold',
    values: ['cold', 'warm'],
    doc: 'cold: empty; warm: full of what the requests that the run leaves out used most',
  },
  'cache-profile': {
    type: 'enum',
    default: 'past',
    values: ['past', 'random', 'prompt'],
    doc: 'what cache=static and cache-start=warm choose by: past = what the requests that the run leaves out used most; random = chance, the same at every run; prompt = as past until a prompt has come: from then on what its tokens used most, in each layer as many as before. A prompt brings what it needs, whatever miss says (cache=static in parts of each layer)',
    source: 'KTransformers: its expert placements frequency, random, uniform and dynamic-expert-update',
  },
  miss: {
    type: 'enum',
    default: 'fetch',
    values: ['fetch', 'compute', 'best'],
    doc: 'what becomes of an expert that is not there: fetch = it is brought; compute = the cores beside the tier it lies in (memory.tiers) multiply with it, and what is kept stays as it was; best = whichever should be done first',
  },
  'cache-half-life': {
    type: 'integer',
    default: 16,
    min: 1,
    max: 1_000_000_000,
    doc: 'tokens after which the counts of cache=lfru halve',
  },
} as const satisfies OptionTable

export type CacheOptions = OptionsOf<typeof CACHE_OPTIONS>

/** Reading into the cache; beside PREDICTOR_OPTIONS. */
export const CACHE_AHEAD = {
  type: 'integer',
  default: 0,
  min: 0,
  max: 1024,
  doc: 'predicted experts of the next layer (after the last layer of the first one, for the next token) that each die reads into its cache at most, while the way there is idle and the layer at work has asked for all its own; 0: none; with cache=none into room of their own, for one iteration. Layers are then simulated in a row',
} as const satisfies OptionSpec

/** Whether weights outlive the iteration that read them. */
export function keepsWeights(options: CacheOptions): boolean {
  return options.cache !== 'none' && options['cache-bytes'] !== 0
}

/** Whether layers share a cache, so that they have to be simulated in a row. */
export function sharesCache(options: CacheOptions): boolean {
  return keepsWeights(options) && options['cache-scope'] === 'pool'
}

type Conflict = DiagnosticArguments['conflict']

/** What is wrong with options that are each fine; `asked` as in SchedulerDefinition.conflict. */
export function cacheConflict(
  scheduler: string,
  options: CacheOptions & { readonly launch?: string; readonly ahead: number },
  compat: Compat,
  asked: ReadonlySet<string>,
): Conflict | undefined {
  if (options.cache !== 'none' && compat === 'paper') {
    return {
      what: `${scheduler}: cache=${options.cache} keeps weights from iteration to iteration, which compat: paper does not know`,
      hint: 'use compat: physical, or cache=none',
    }
  }
  if (keepsWeights(options) && options.launch === 'die') {
    return {
      what: `${scheduler}: kernels for all experts of a die (launch=die) read them from its memory, and cache=${options.cache} keeps them on chip`,
      hint: 'leave launch out, or use cache=none',
    }
  }
  const { 'cache-profile': profile } = options
  if (profile === 'prompt' && (options.cache !== 'static' || options['cache-scope'] === 'pool')) {
    return {
      what: `${scheduler}: cache-profile=prompt chooses anew what stays in each layer, and ${options.cache !== 'static' ? `cache=${options.cache} lets what is used come in` : 'with cache-scope=pool layers have no part of their own'}`,
      hint: 'use cache=static with cache-scope=layer',
    }
  }
  const isFilled = options.ahead > 0 || options['cache-start'] === 'warm'
  if (options.miss === 'compute' && !isFilled && keepsWeights(options)) {
    return {
      what: `${scheduler}: with miss=compute nothing is ever brought, so that a cache that starts cold stays empty`,
      hint: 'use cache-start=warm, miss=best, or ahead=1 or more',
    }
  }
  const idle = idleOptions(options).find(({ names }) => names.some((name) => asked.has(name)))
  if (idle === undefined) return undefined
  const written = idle.names.filter((name) => asked.has(name)).map((name) => `${name}=${options[name]}`)
  return {
    what: `${scheduler}: ${idle.why}, so ${written.join(' and ')} would change nothing`,
    hint: `leave ${written.length === 1 ? 'it' : 'them'} out, or use ${idle.remedy}`,
  }
}

interface Idle {
  readonly names: readonly (keyof CacheOptions)[]
  readonly why: string
  readonly remedy: string
}

function idleOptions({ cache, 'cache-start': start }: CacheOptions): Idle[] {
  if (cache === 'none') {
    const names = Object.keys(CACHE_OPTIONS).filter((name) => name !== 'cache') as (keyof CacheOptions)[]
    return [{ names, why: 'with cache=none nothing is kept', remedy: 'cache=lru' }]
  }
  const idle: Idle[] = []
  if (cache !== 'lfru') {
    idle.push({
      names: ['cache-half-life'],
      why: `no counts halve with cache=${cache}`,
      remedy: 'cache=lfru',
    })
  }
  if (cache !== 'static' && start === 'cold') {
    idle.push({
      names: ['cache-profile'],
      why: `cache=${cache} starts cold and goes by no profile`,
      remedy: 'cache=static or cache-start=warm',
    })
  }
  return idle
}

// The hit rates of expert caches on a recorded trace: every policy in every size asked for, without simulating time.
import type { HistogramSource } from '../../trace/histogram.ts'
import type { RoutingSource } from '../../trace/source.ts'
import { CACHE_POLICIES, type CachePolicyId } from '../table.ts'
import type { Accesses } from './accesses.ts'
import { nextUses } from './next-use.ts'
import { replay } from './replay.ts'
import type { CacheRates } from './tally.ts'

export interface CacheStudyOptions {
  readonly policies: readonly CachePolicyId[]
  /** Sizes in experts, ascending. */
  readonly slots: readonly number[]
  /** A pool for each layer, all together of that size; else all layers share one. */
  readonly isPerLayer: boolean
  /** Tokens after which the counts of `lfru` halve. */
  readonly halfLifeTokens: number
  /** Covers the layers of the trace; for `static`. */
  readonly profile?: HistogramSource | undefined
  /** Whether the rates of single layers are wanted. */
  readonly hasLayers: boolean
  readonly onProgress?: (done: number, total: number, label: string) => Promise<void>
}

export interface CacheResult extends CacheRates {
  readonly policy: CachePolicyId
  readonly slots: number
}

/**
 * Results policy by policy, sizes ascending. `accesses`: those of `source`. Memory beside it: four bytes an access for
 * `min`, some tens of bytes an expert of all layers.
 */
export async function studyCaches(
  source: Pick<RoutingSource, 'layers' | 'requests'>,
  accesses: Accesses,
  options: CacheStudyOptions,
): Promise<CacheResult[]> {
  const { policies, slots, onProgress } = options
  const told = (label: string) =>
    onProgress && ((done: number, total: number) => onProgress(done, total, label))
  const needsFuture = policies.some((policy) => needOf(policy) === 'nextUse')
  const nextUse = needsFuture ? await nextUses(accesses, told('looking ahead')) : undefined
  const profile = options.profile && profileOf(options.profile, source.layers, accesses)
  const results: CacheResult[] = []
  for (const policy of policies) {
    const tally = await replay(
      accesses,
      source.requests,
      { ...options, policy, nextUse, profile },
      told(policy),
    )
    for (const [cache, size] of slots.entries()) {
      results.push({ policy, slots: size, ...tally.rates(cache) })
    }
  }
  return results
}

function needOf(policy: CachePolicyId): string | undefined {
  const definition = CACHE_POLICIES[policy]
  return 'needs' in definition ? definition.needs : undefined
}

/** Selections of each expert over all phases, [layer][expert id below the width]. */
function profileOf(profile: HistogramSource, layers: readonly number[], { width }: Accesses): Float64Array {
  const uses = new Float64Array(layers.length * width)
  for (const [index, layer] of layers.entries()) {
    for (const phase of profile.phases) {
      const counts = profile.counts(layer, phase)
      for (let expert = 0; expert < Math.min(width, counts.length); expert++) {
        uses[index * width + expert]! += counts[expert]!
      }
    }
  }
  return uses
}

// What `moesim trace cache` reports: the trace, the caches, and their hit rates.
import type { CacheResult } from '../../cache/replay/study.ts'
import type { HitRate } from '../../cache/replay/tally.ts'
import { studentT975 } from '../../run/statistics.ts'

export interface CacheReport {
  readonly trace: {
    readonly path: string
    readonly sha256: string
    readonly model: string
    /** Of a layer; `seen` where only the ids of the trace say it: at least so many. */
    readonly experts: number
    readonly expertsAre: 'stated' | 'seen'
    readonly topK: number
    readonly layers: readonly number[]
    readonly requests: number
    readonly tokens: { readonly prefill: number; readonly decode: number }
    /** `assumed`: the trace does not say which tokens are the prompt. */
    readonly phases: 'recorded' | 'assumed'
    /** Tokens times layers times top-k. */
    readonly accesses: number
    /** Distinct experts that are accessed, over all layers. */
    readonly expertsUsed: number
  }
  /** Whether all layers share the slots or each has its part of them. */
  readonly pool: 'shared' | 'per-layer'
  /** Where the model is known. */
  readonly expertBytes?: number | undefined
  /** Of the counts of `lfru`, where it is among the policies. */
  readonly halfLifeTokens?: number | undefined
  /** Of `static`; `isThisTrace`: the cache knows beforehand what is used. */
  readonly profile?: { readonly path: string; readonly isThisTrace: boolean } | undefined
  /** Policy by policy, sizes ascending. */
  readonly results: readonly CacheResult[]
}

/** Half-width of the 95 % interval of a hit rate over requests; undefined with fewer than two. */
export function ci95({ standardError, requests }: HitRate): number | undefined {
  return standardError === undefined ? undefined : standardError * studentT975(requests - 1)
}

/** Of all layers together. */
export function allExperts({ trace }: CacheReport): number {
  return trace.experts * trace.layers.length
}

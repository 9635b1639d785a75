// The table of cache policies: what each is, what it needs to know, and how it is made.
import { invariant } from '../errors.ts'
import { lfru } from './policies/lfru.ts'
import { lfu } from './policies/lfu.ts'
import { lru } from './policies/lru.ts'
import { min } from './policies/min.ts'
import { fixed } from './policies/static.ts'
import type { CachePolicy } from './policy.ts'

/** What policies are made from; a policy that needs what is left out cannot be made. */
interface PolicyInputs {
  /** How many there are, over all layers that share the cache. */
  readonly experts: number
  /** Uses after which the counts of `lfru` halve. */
  readonly halfLifeUses?: number | undefined
  /** Uses of each expert, for `static`. */
  readonly profile?: Float64Array | undefined
  /** For each use the number of the next one of the same expert, for `min`. */
  readonly nextUse?: Uint32Array | undefined
}

interface PolicyDefinition {
  readonly summary: string
  readonly needs?: Exclude<keyof PolicyInputs, 'experts'>
  create(inputs: PolicyInputs): CachePolicy
}

export const CACHE_POLICIES = {
  lru: { summary: 'puts out what was used longest ago', create: () => lru },
  lfu: {
    summary: 'puts out what was used least often; counts survive',
    create: ({ experts }) => lfu(experts),
  },
  lfru: {
    summary: 'as lfu, with counts that halve now and then',
    needs: 'halfLifeUses',
    create: ({ experts, halfLifeUses }) => lfru(experts, needed(halfLifeUses)),
  },
  static: {
    summary: 'keeps what a profile says is used most',
    needs: 'profile',
    create: ({ profile }) => fixed(needed(profile)),
  },
  min: {
    summary: 'puts out what is used again latest (Belady): the most hits there can be',
    needs: 'nextUse',
    create: ({ nextUse }) => min(needed(nextUse)),
  },
} as const satisfies Record<string, PolicyDefinition>

export type CachePolicyId = keyof typeof CACHE_POLICIES

export const CACHE_POLICY_IDS = Object.keys(CACHE_POLICIES) as CachePolicyId[]

function needed<T>(input: T | undefined): T {
  invariant(input !== undefined, 'a cache policy is made without what it needs')
  return input
}

// Metrics of weights that stay on dies from one iteration to the next: there where a scheduler keeps any.
import type { Package } from '../../hardware/package.ts'
import type { MetricDefinition } from './metric.ts'
import type { Totals } from './totals.ts'

const keepsWeights = ({ cache }: Totals) => cache.hits + cache.misses > 0

const readsAhead = ({ cache }: Totals) => cache.aheadReadBytes > 0

const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0)
const hasTiers = ({ hardware }: Package) => hardware.memory.tiers !== undefined
const hasCores = ({ hardware }: Package) => hardware.memory.tiers?.at(-1)?.compute !== undefined

/** Of the first, second ... memory beyond the one at the dies. */
const tierRead = (tier: number): MetricDefinition => ({
  unit: 'B',
  definition: `weights read from ${tier === 1 ? 'the nearest of memory.tiers, the memory behind that at the dies' : `tier ${tier} of memory.tiers`}`,
  of: (t) => (tier <= t.tiers.readBytes.length ? t.tiers.readBytes[tier - 1]! : undefined),
})

export const CACHE_METRICS: Readonly<Record<string, MetricDefinition>> = {
  cacheHitRate: {
    unit: 'ratio',
    definition:
      'bytes of slices that were on their die when they were asked for, over those of all that were asked for: an expert that several tokens of an iteration choose counts once',
    of: (t) => (keepsWeights(t) ? t.cache.hitBytes / (t.cache.hitBytes + t.cache.missBytes) : undefined),
  },
  cacheHits: {
    unit: 'count',
    definition:
      'slices that were on their die, or on their way, when they were asked for: they had stayed there or been read ahead',
    of: (t) => (keepsWeights(t) ? t.cache.hits : undefined),
  },
  cacheMisses: {
    unit: 'count',
    definition: 'slices that were asked for and were not on their die',
    of: (t) => (keepsWeights(t) ? t.cache.misses : undefined),
  },
  cacheMissBytes: {
    unit: 'B',
    definition: 'bytes of these slices',
    of: (t) => (keepsWeights(t) ? t.cache.missBytes : undefined),
  },
  cacheLeftBytes: {
    unit: 'B',
    definition:
      'the part of cacheMissBytes that was used where it lay, by cores beside the tier (miss=compute, miss=best)',
    of: (t, pkg) => (keepsWeights(t) && hasCores(pkg) ? t.cache.leftBytes : undefined),
  },
  cacheAheadRead: {
    unit: 'B',
    definition: 'weights read into caches for a layer before it was reached',
    of: (t) => (readsAhead(t) ? t.cache.aheadReadBytes : undefined),
  },
  cacheAheadVain: {
    unit: 'B',
    definition: 'the part of cacheAheadRead that left the cache, or was there at the end, without a use',
    of: (t) => (readsAhead(t) ? t.cache.aheadVainBytes : undefined),
  },
  cacheAheadHits: {
    unit: 'count',
    definition:
      'the part of cacheHits that was there, or on its way, because it had been read ahead: first uses',
    of: (t) => (readsAhead(t) ? t.cache.aheadHits : undefined),
  },
  cacheStall: {
    unit: 'ps',
    definition:
      'time that a compute unit had nothing to do before a job with a slice that was not there yet, on average over dies',
    of: (t, { topology }) => (keepsWeights(t) ? t.cache.stallPs / topology.dies : undefined),
  },
  tierRead: {
    unit: 'B',
    definition: 'weights read from all of memory.tiers: what comes through several counts in each',
    of: (t, pkg) => (hasTiers(pkg) ? sum(t.tiers.readBytes) : undefined),
  },
  tier1Read: tierRead(1),
  tier2Read: tierRead(2),
  tier3Read: tierRead(3),
  tier4Read: tierRead(4),
  corePairs: {
    unit: 'count',
    definition: '(token, expert) pairs computed by cores beside a tier',
    of: (t, pkg) => (hasCores(pkg) ? t.tiers.corePairs : undefined),
  },
}

// Metrics of weights that stay on dies from one iteration to the next: there where a scheduler keeps any.
import type { MetricDefinition } from './metric.ts'
import type { Totals } from './totals.ts'

const keepsWeights = ({ cache }: Totals) => cache.hits + cache.misses > 0

export const CACHE_METRICS: Readonly<Record<string, MetricDefinition>> = {
  cacheHitRate: {
    unit: 'ratio',
    definition:
      'bytes of slices that were on their die when they were asked for, over those of all that were asked for: an expert that several tokens of an iteration choose counts once',
    of: (t) => (keepsWeights(t) ? t.cache.hitBytes / (t.cache.hitBytes + t.cache.missBytes) : undefined),
  },
  cacheHits: {
    unit: 'count',
    definition: 'slices that were on their die because they had stayed there',
    of: (t) => (keepsWeights(t) ? t.cache.hits : undefined),
  },
  cacheMisses: {
    unit: 'count',
    definition: 'slices that were asked for and had not stayed on their die',
    of: (t) => (keepsWeights(t) ? t.cache.misses : undefined),
  },
  cacheMissBytes: {
    unit: 'B',
    definition: 'bytes of these slices',
    of: (t) => (keepsWeights(t) ? t.cache.missBytes : undefined),
  },
  cacheStall: {
    unit: 'ps',
    definition:
      'time that a compute unit had nothing to do before a job with a slice that had not stayed there, on average over dies',
    of: (t, { topology }) => (keepsWeights(t) ? t.cache.stallPs / topology.dies : undefined),
  },
}

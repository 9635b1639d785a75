// Metrics of what was fetched because it was foretold: replicas that a scheduler kept, and weights read ahead.
import { MemoryTiming } from '../../hardware/memory.ts'
import { type MetricDefinition, shareOf } from './metric.ts'
import type { Totals } from './totals.ts'

const readsAhead = ({ traffic }: Totals) =>
  traffic.aheadReadBytes + traffic.aheadUsedBytes + traffic.aheadVainBytes > 0

export const FORECAST_METRICS: Readonly<Record<string, MetricDefinition>> = {
  predictionCoverage: {
    unit: 'ratio',
    definition: 'slices read from a replica over all slices that were not at home on their die',
    of: (t) =>
      t.replicas.made > 0
        ? shareOf(t.traffic.replicaLoads, t.traffic.replicaLoads + t.traffic.remoteLoads)
        : undefined,
  },
  predictionPrecision: {
    unit: 'ratio',
    definition: 'replicas that were read at least once over all replicas made',
    of: (t) => (t.replicas.made > 0 ? t.replicas.used / t.replicas.made : undefined),
  },
  predictionVain: {
    unit: 'B',
    definition: 'bytes fetched in vain: kept as replicas that were never read, or read ahead and given up',
    of: (t) =>
      t.replicas.made > 0 || readsAhead(t)
        ? t.replicas.madeBytes - t.replicas.usedBytes + t.traffic.aheadVainBytes
        : undefined,
  },
  aheadRead: {
    unit: 'B',
    definition: 'weights read for the next layer while a layer ran, or between layers',
    of: (t) => (readsAhead(t) ? t.traffic.aheadReadBytes : undefined),
  },
  aheadUsed: {
    unit: 'B',
    definition: 'the part of it that was in SRAM when the next layer used it',
    of: (t) => (readsAhead(t) ? t.traffic.aheadUsedBytes : undefined),
  },
  aheadCoverage: {
    unit: 'ratio',
    definition: 'slices that were read ahead into SRAM and used over all slices that dies used',
    of: (t) =>
      readsAhead(t) ? shareOf(t.traffic.aheadUses, t.traffic.aheadUses + t.traffic.sliceLoads) : undefined,
  },
  aheadTime: {
    unit: 'ps',
    definition:
      'time in which all memory channels together read what was used of it: the most that a run bound by memory can have saved by it',
    of: (t, { hardware: { memory } }) =>
      readsAhead(t)
        ? t.traffic.aheadUsedBytes / (memory.channelDies.length * new MemoryTiming(memory).bestBytesPerPs)
        : undefined,
  },
}

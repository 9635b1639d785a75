// Every metric of a result: its unit, its definition, and how it follows from what was added up.
import { invariant } from '../../errors.ts'
import { peakFlopPerPs } from '../../hardware/compute.ts'
import type { Package } from '../../hardware/package.ts'
import type { Metric, Metrics } from '../result.ts'
import { BUDGET_METRICS } from './budget-metrics.ts'
import { CACHE_METRICS } from './cache-metrics.ts'
import { FORECAST_METRICS } from './forecast-metrics.ts'
import { type MetricDefinition, shareOf } from './metric.ts'
import { EXPLAINED_METRICS, OPTIMUM_METRICS } from './optimum-metrics.ts'
import { PARTS, type PartName } from './roofline.ts'
import { isEndToEnd, type Totals } from './totals.ts'

/** Time of a part of a whole forward pass; left out where the model has no such part. */
const partTime = (name: PartName, what: string): MetricDefinition => ({
  unit: 'ps',
  definition: `the part of latency spent in ${what}, in an end-to-end run`,
  of: (t) => (t.partPs[name] > 0 ? t.partPs[name] : undefined),
})

const PS_PER_S = 1e12

/** In the order in which they are reported. `speedup` is added by run/aggregate.ts, which knows the baseline. */
export const METRICS: Readonly<Record<string, MetricDefinition>> = {
  latency: {
    unit: 'ps',
    definition:
      'time of the simulated MoE layers over all iterations, each from its first event to its last; in an end-to-end run of whole forward passes, one part after the other',
    of: (t) => t.latencyPs,
  },
  latencyPrefill: {
    unit: 'ps',
    definition: 'the part of latency spent in prefill iterations',
    of: (t) => (t.prefillPs > 0 && t.decodePs > 0 ? t.prefillPs : undefined),
  },
  latencyDecode: {
    unit: 'ps',
    definition: 'the part of latency spent in decode steps',
    of: (t) => (t.prefillPs > 0 && t.decodePs > 0 ? t.decodePs : undefined),
  },
  latencyMoe: {
    unit: 'ps',
    definition: 'the part of latency spent in routed experts, in an end-to-end run',
    of: (t) => (isEndToEnd(t) ? PARTS.reduce((rest, name) => rest - t.partPs[name], t.latencyPs) : undefined),
  },
  latencyAttention: partTime('attention', 'attention'),
  latencyRouter: partTime('router', 'routers'),
  latencyShared: partTime('shared', 'shared experts'),
  latencyDense: partTime('dense', 'feed-forward parts of layers without routed experts'),
  latencyHead: partTime('head', 'embedding and output head'),
  throughput: {
    unit: 'token/s',
    definition:
      'tokens through all MoE layers of the model per second, at the mean latency of the simulated layers; attention and the other parts are in it in an end-to-end run only',
    of: (t, { model }) => shareOf(t.tokenLayers * PS_PER_S, t.latencyPs * model.moeLayers.length),
  },
  throughputDecode: {
    unit: 'token/s',
    definition: 'the same for decode steps alone',
    of: (t, { model }) =>
      t.decodePs > 0 ? (t.decodeTokenLayers * PS_PER_S) / (t.decodePs * model.moeLayers.length) : undefined,
  },
  tokensPerIteration: {
    unit: 'token',
    definition:
      'tokens that go through the routed experts of a layer in one iteration, on average over layers and iterations with any: more share each load of weights',
    of: (t) => shareOf(t.tokenLayers, t.iterations),
  },
  deferrals: {
    unit: 'count',
    definition: 'how often token buffering paused a request, or how many (token, expert) pairs it held back',
    source: 'FSE-DP paper (arXiv 2603.27624): token buffering',
    of: (t) => t.deferrals,
  },
  flushIterations: {
    unit: 'count',
    definition: 'iterations that token buffering added at the end to finish what had paused',
    of: (t) => t.flushIterations,
  },
  slicesPerExpert: {
    unit: 'count',
    definition: 'pieces an expert was loaded and computed in; more than asked for where SRAM is small',
    of: (t) => t.slicesPerExpert.peak,
  },
  boundRatio: {
    unit: 'ratio',
    definition:
      "latency over the physical bound (the largest of all, summed over layers and iterations), in which each layer reads its own weights: a run that reads ahead has the same bound, and may come below it where it fills one layer's idle channels with reads of the next; in an end-to-end run all but the routed experts is its own bound",
    of: (t) => shareOf(t.latencyPs, t.boundPs),
  },
  boundCompute: { unit: 'ps', definition: 'compute bound', of: (t) => t.bounds.compute },
  boundMemory: { unit: 'ps', definition: 'memory channel bound', of: (t) => t.bounds.memory },
  boundTier: {
    unit: 'ps',
    definition: 'bound by the ways from memory.tiers',
    of: (t, { hardware }) => (hardware.memory.tiers === undefined ? undefined : t.bounds.tier),
  },
  boundLink: { unit: 'ps', definition: 'bound by the links of one die', of: (t) => t.bounds.link },
  boundBisection: {
    unit: 'ps',
    definition: 'bound by the links across the middle',
    of: (t) => t.bounds.bisection,
  },
  ...OPTIMUM_METRICS,
  ...EXPLAINED_METRICS,
  computeUtilization: {
    unit: 'ratio',
    definition: 'useful FLOPs over peak FLOPs of all dies during latency',
    source: 'FSE-DP paper (arXiv 2603.27624): compute utilization, here of useful work only',
    of: (t, { hardware, topology, model }) =>
      shareOf(t.flop, peakFlopPerPs(hardware.compute, model.weightBytes) * topology.dies * t.latencyPs),
  },
  peakSramPerDie: {
    isPeak: true,
    unit: 'B',
    definition: 'highest fill of any die’s SRAM',
    source: 'FSE-DP paper (arXiv 2603.27624): on-chip memory: weights and tokens',
    of: (t) => t.sram.dieBytes.peak,
  },
  peakSramPackage: {
    isPeak: true,
    unit: 'B',
    definition: 'highest fill of all dies’ SRAM together, at one moment',
    source: 'FSE-DP paper (arXiv 2603.27624): on-chip memory: weights and tokens',
    of: (t) => t.sram.packageBytes.peak,
  },
  peakSramWeights: {
    isPeak: true,
    unit: 'B',
    definition: 'weights in the package at that moment',
    of: ({ sram: { packageBytes } }) => packageBytes.weights + packageBytes.receive,
  },
  peakSramTokens: {
    isPeak: true,
    unit: 'B',
    definition: 'tokens in the package at that moment',
    of: (t) => t.sram.packageBytes.tokens,
  },
  memoryRead: {
    unit: 'B',
    definition:
      'bytes read from memory: weights, activations where they rest there, what rebalance moves, keys and values in an end-to-end run',
    of: ({ traffic, kvReadBytes }) =>
      traffic.weightReadBytes + traffic.activationReadBytes + traffic.moveMemoryBytes / 2 + kvReadBytes,
  },
  memoryReadWeights: {
    unit: 'B',
    definition: 'weights read from memory',
    of: (t) => t.traffic.weightReadBytes,
  },
  memoryReadKv: {
    unit: 'B',
    definition: 'cached keys and values read from memory',
    of: (t) => (isEndToEnd(t) ? t.kvReadBytes : undefined),
  },
  memoryReadRemote: {
    unit: 'B',
    definition:
      'weights that come from behind another die: from its memory, or from the cache in front of it',
    of: (t) => t.traffic.weightReadRemoteBytes,
  },
  llcHits: {
    unit: 'count',
    definition: 'slices served by a last-level cache instead of memory',
    of: (t, { hardware }) => (hardware.llc === undefined ? undefined : t.traffic.llcHits),
  },
  memoryWrite: {
    unit: 'B',
    definition:
      'bytes written to memory: replicas, what rebalance moves, weights on their way from memory.tiers, keys and values in an end-to-end run',
    of: (t) =>
      t.traffic.replicaWriteBytes + t.traffic.moveMemoryBytes / 2 + t.tiers.writtenBytes + t.kvWriteBytes,
  },
  d2dBytes: {
    unit: 'B',
    definition: 'bytes sent from die to die, requests included',
    of: (t) => t.traffic.linkBytes,
  },
  d2dByteHops: {
    unit: 'B.hop',
    definition: 'those bytes times the hops they went',
    of: (t) => t.traffic.linkByteHops,
  },
  hops: {
    unit: 'count',
    definition: 'hops of messages; a remote read counts the hops of its request, not of its data',
    source: 'forecasting paper (arXiv 2510.05497): hop reduction',
    of: (t) => t.traffic.hops,
  },
  hopsDecode: {
    unit: 'count',
    definition: 'hops in decode steps',
    of: (t) => (t.prefillPs > 0 && t.decodePs > 0 ? t.decodeHops : undefined),
  },
  loadImbalance: {
    unit: 'ratio',
    definition: 'FLOPs of the busiest die over the mean of all dies, averaged over layers and iterations',
    of: (t) => shareOf(t.imbalanceSum, t.iterations),
  },
  channelImbalance: {
    unit: 'ratio',
    definition:
      'bytes through the busiest memory channel over the mean of all channels, both summed over layers and iterations of routed experts',
    of: ({ busiestChannelBytes, traffic }, { hardware }) => {
      const bytes = traffic.channelBytes.reduce((sum, ofChannel) => sum + ofChannel, 0)
      return shareOf(busiestChannelBytes * hardware.memory.channelDies.length, bytes)
    },
  },
  replicas: {
    unit: 'count',
    definition: 'expert copies beside the home copies at the end of the run, over the simulated layers',
    source: 'forecasting paper (arXiv 2510.05497): local duplication of predicted experts',
    of: (t) => t.holdings.extraCopies,
  },
  replicaBytes: { unit: 'B', definition: 'memory these copies take', of: (t) => t.holdings.extraBytes },
  placementMoveBytes: {
    unit: 'B',
    definition:
      'weights copied between memories because the placement changed: by placements made from statistics once, neither in latency nor in other bytes; by rebalance over links, in both',
    of: (t) => (t.holdings.movedBytes > 0 ? t.holdings.movedBytes : undefined),
  },
  moveStall: {
    unit: 'ps',
    definition: 'the part of latency in which work waits for weights that rebalance moves',
    of: (t) => (t.traffic.moveStallPs > 0 ? t.traffic.moveStallPs : undefined),
  },
  ...CACHE_METRICS,
  ...FORECAST_METRICS,
  ...BUDGET_METRICS,
}

export function metricsOf(totals: Totals, pkg: Package): Metrics {
  const metrics: Record<string, Metric> = {}
  for (const [name, { unit, of }] of Object.entries(METRICS)) {
    const value = of(totals, pkg)
    if (value === undefined) continue
    // Formats differ in how they write what is no number: none is to see one.
    invariant(Number.isFinite(value), () => `${name} is ${value}`)
    metrics[name] = { value, unit }
  }
  return metrics
}

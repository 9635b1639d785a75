// Metrics of the optimum: what the best schedule could do, and how far a run is from it.
import { type MetricDefinition, shareOf } from './metric.ts'
import { PARTS } from './roofline.ts'
import type { Totals } from './totals.ts'

/** With all but the routed experts as its own optimum. */
const withParts = (t: Totals, ps: number | undefined) =>
  ps === undefined ? undefined : PARTS.reduce((sum, name) => sum + t.partPs[name], ps)

const given = (t: Totals) => withParts(t, t.optimum?.givenPs)
const free = (t: Totals) => withParts(t, t.optimum?.freePs)

const over = (t: Totals, ps: number | undefined) => (ps === undefined ? undefined : shareOf(t.latencyPs, ps))

/** How much of the optimum a resource takes. */
const resource = (key: 'memoryPs' | 'linkPs' | 'computePs', what: string): MetricDefinition => ({
  unit: 'ratio',
  definition: `shadow price of ${what}: percent by which the optimum shrinks per percent more of it, from the duals of its linear programs`,
  of: (t) => t.optimum && shareOf(t.optimum[key], given(t)!),
})

export const OPTIMUM_METRICS: Readonly<Record<string, MetricDefinition>> = {
  optimum: {
    unit: 'ps',
    definition:
      'a time that no schedule beats with weights lying where they lie under this scheduler when each iteration begins: a linear program per layer and iteration, whose relaxations docs/optimum.md names',
    of: given,
  },
  optimumFree: {
    unit: 'ps',
    definition:
      'the same with every weight behind whichever channels are best: what no placement beats either',
    of: free,
  },
  overOptimum: {
    unit: 'ratio',
    definition: 'latency over optimum: 1 is as good as it gets',
    of: (t) => over(t, given(t)),
  },
  overOptimumFree: {
    unit: 'ratio',
    definition: 'latency over optimumFree; what it is above overOptimum the placement costs',
    of: (t) => over(t, free(t)),
  },
  optimumBordered: {
    unit: 'ps',
    definition:
      'optimum, or in each iteration what the bytes of this run take over the fullest border of a die, its surroundings or half the package, where that is more: what better routes could not save',
    of: (t) => withParts(t, t.optimum?.borderedPs),
  },
  optimumRouted: {
    unit: 'ps',
    definition: 'the same over the busiest link, along the routes that messages take',
    of: (t) => withParts(t, t.optimum?.routedPs),
  },
  gainOfMemory: resource('memoryPs', 'the bandwidth of memory channels'),
  gainOfLinks: resource('linkPs', 'the bandwidth of links'),
  gainOfCompute: resource('computePs', 'the rate of compute units'),
}

/** Added by whatif/explain-time.ts, which runs the experiment on other hardware too. */
const explained = (unit: string, definition: string): MetricDefinition => ({
  unit,
  definition,
  of: () => undefined,
})

const step = (definition: string) => explained('ps', `with --explain-time, a part of latency: ${definition}`)

const measured = (what: string, percent: number) =>
  explained(
    'ratio',
    `with --explain-time: percent of latency saved per percent more ${what}, simulated with ${percent} % more of it`,
  )

export const EXPLAINED_METRICS: Readonly<Record<string, MetricDefinition>> = {
  timeBound: step('the pooled bound, as in boundRatio'),
  timeCosts: step(
    'what the bound leaves out and no schedule can: the first read, activations streamed from memory, utilization by tokens (optimumFree less the bound)',
  ),
  timePlacement: step('weights that lie unevenly (optimum less optimumFree)'),
  timeTraffic: step(
    'more bytes over borders of dies and halves than have to be (optimumBordered less optimum)',
  ),
  timeRoutes: step('the routes of messages, against any others (optimumRouted less optimumBordered)'),
  timeOrder: step(
    'order and waiting: latency less optimumRouted, simulated with neither latencies and start-ups nor a limit of SRAM',
  ),
  timeStartup: step('latencies and start-ups beyond the first read: what is left without a limit of SRAM'),
  timeSram: step('too little SRAM: latency less that without a limit'),
  gainOfMemoryAt1: measured('bandwidth of memory', 1),
  gainOfMemoryAt10: measured('bandwidth of memory', 10),
  gainOfLinksAt1: measured('bandwidth of links', 1),
  gainOfLinksAt10: measured('bandwidth of links', 10),
  gainOfComputeAt1: measured('rate of compute units', 1),
  gainOfComputeAt10: measured('rate of compute units', 10),
  gainOfSramAt1: measured('SRAM, where it is limited', 1),
  gainOfSramAt10: measured('SRAM, where it is limited', 10),
}

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
  gainOfMemory: resource('memoryPs', 'the bandwidth of memory channels'),
  gainOfLinks: resource('linkPs', 'the bandwidth of links'),
  gainOfCompute: resource('computePs', 'the rate of compute units'),
}

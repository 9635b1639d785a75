// Where the time of a run goes, and what would help: the experiment once more on hardware that differs in one thing each.
//
// From the pooled bound to the latency, each step the difference of two numbers that are solved or simulated:
//   bound, optimum with weights anywhere, optimum with weights where they lie   solved
//   fullest border of a region, busiest link along the routes                   the run's bytes, where they take longer than that
//   latency without SRAM limit; without latencies and start-ups too             simulated
import type { Experiment } from '../config/experiment/experiment.ts'
import type { Io } from '../io.ts'
import { type RunHooks, runExperiments } from '../run/run-many.ts'
import type { Metric, Metrics, RunResult, SchedulerResult } from '../sim/result.ts'
import { RESOURCES, type Resource, withMore, withoutSramLimit, withoutStartup } from './hardware.ts'

/** How much more of a resource is simulated. */
const FACTORS = [
  { factor: 1.01, suffix: 'At1' },
  { factor: 1.1, suffix: 'At10' },
] as const

interface Variant {
  readonly kind: 'no limit' | 'no start-up' | { readonly metric: string; readonly factor: number }
  readonly experiment: Experiment
}

/** The result with its optimum, and metrics of where the time goes and what would help. Throws UserError. */
export async function explainTime(io: Io, experiment: Experiment, hooks: RunHooks): Promise<RunResult> {
  const asked: Experiment = { ...experiment, optimum: true }
  const variants = variantsOf(asked)
  const all = [asked, ...variants.map((variant) => variant.experiment)]
  const [result, ...others] = await runExperiments(io, all, hooks)
  const outcomes = variants.map((variant, i) => ({ ...variant, result: others[i]! }))
  const explained = result!.results.map((own): SchedulerResult => {
    const found = outcomes.map(({ kind, result: { results } }) => ({
      kind,
      metrics: results.find(({ id }) => id === own.id)!.metrics,
    }))
    return { ...own, metrics: { ...own.metrics, ...steps(own.metrics, found), ...gains(own.metrics, found) } }
  })
  return { ...result!, results: explained }
}

function variantsOf(asked: Experiment): Variant[] {
  const { hardware, name } = asked
  const isLimited = hardware.sramBytes !== Infinity
  const roomy = withoutSramLimit(hardware)
  const on = (changed: Experiment['hardware'], what: string, optimum?: true) => ({
    ...{ ...asked, optimum, jitter: 0 },
    ...{ hardware: changed, name: `${name} ${what}` },
  })
  const more = (resource: Resource) =>
    FACTORS.map(({ factor, suffix }): Variant => {
      const metric = `gainOf${resource[0]!.toUpperCase()}${resource.slice(1)}${suffix}`
      const changed = withMore(hardware, resource, factor)
      return { kind: { metric, factor }, experiment: on(changed, `with ${factor} x ${resource}`) }
    })
  return [
    ...(isLimited ? [{ kind: 'no limit' as const, experiment: on(roomy, 'without SRAM limit') }] : []),
    { kind: 'no start-up', experiment: on(withoutStartup(roomy), 'without start-up', true) },
    ...RESOURCES.filter((resource) => resource !== 'sram' || isLimited).flatMap(more),
  ]
}

interface Found {
  readonly kind: Variant['kind']
  readonly metrics: Metrics
}

const value = (metrics: Metrics, name: string) => metrics[name]?.value ?? 0
const latency = (metrics: Metrics) => value(metrics, 'latency')

/** Metrics that add up to the latency. */
function steps(own: Metrics, found: readonly Found[]): Record<string, Metric> {
  const of = (kind: Variant['kind']) => found.find((one) => one.kind === kind)?.metrics
  const roomy = of('no limit') ?? own
  const bare = of('no start-up')!
  const boundPs = latency(own) / value(own, 'boundRatio')
  const [freePs, givenPs] = [value(own, 'optimumFree'), value(own, 'optimum')]
  const [borderedPs, routedPs] = [value(own, 'optimumBordered'), value(own, 'optimumRouted')]
  const orderPs = latency(bare) - value(bare, 'optimumRouted')
  const ps = {
    timeBound: boundPs,
    timeCosts: freePs - boundPs,
    timePlacement: givenPs - freePs,
    timeTraffic: borderedPs - givenPs,
    timeRoutes: routedPs - borderedPs,
    timeOrder: orderPs,
    timeStartup: latency(roomy) - routedPs - orderPs,
    timeSram: latency(own) - latency(roomy),
  }
  return Object.fromEntries(Object.entries(ps).map(([name, of]) => [name, { value: of, unit: 'ps' }]))
}

/** Percent of time saved per percent more, as the logarithms have it: of time that is all one resource's 1, however much more there is. */
function gains(own: Metrics, found: readonly Found[]): Record<string, Metric> {
  const measured = found.flatMap(({ kind, metrics }): [string, Metric][] => {
    if (typeof kind === 'string') return []
    const gain = Math.log(latency(own) / latency(metrics)) / Math.log(kind.factor)
    return [[kind.metric, { value: gain, unit: 'ratio' }]]
  })
  return Object.fromEntries(measured)
}

// Runs experiments, their layers as jobs of one queue: equal results for any number of threads and any company.
import type { Experiment } from '../config/experiment/experiment.ts'
import { type Diagnostic, finding, invariant, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { isAdded } from '../schedulers/table.ts'
import type { RunResult } from '../sim/result.ts'
import { KEPT_LAYERS, RoutingOpener } from '../trace/portable.ts'
import { ExperimentRun, routingHash } from './experiment-run.ts'
import { idleRoom } from './idle-room.ts'
import type { ExperimentJob } from './jobs.ts'
import { costUsOf, type Plan, planExperiment } from './plan.ts'
import { JobPool } from './pool.ts'
import { RoutingCache, routingKey } from './routing.ts'

export interface RunHooks {
  /** Version of moesim, for the result. */
  readonly version: string
  /** Called while a trace is read; may stop the run by throwing. */
  onTraceRead(bytesDone: number, bytesTotal: number): void
  /** Awaited after layers: a place to draw, and to stop the run by throwing. Each scheduler counts a layer. */
  onProgress(layersDone: number, layersTotal: number, label: string): Promise<void>
  onWarning(warning: Diagnostic): void
}

/**
 * The results, in the order of the experiments. Threads are started for this call and stopped after it, unless a pool
 * is lent. Throws UserError, before anything is simulated where the work itself cannot be laid out.
 */
export async function runExperiments(
  io: Io,
  experiments: readonly Experiment[],
  hooks: RunHooks,
  lent?: Pick<JobPool, 'run'>,
): Promise<RunResult[]> {
  const results: RunResult[] = []
  const isLocal = experiments.some(({ schedulers }) => schedulers.some(({ scheduler }) => isAdded(scheduler)))
  const own = new JobPool(isLocal ? { ...io, workers: { ...io.workers, threads: 0 } } : io)
  try {
    for await (const outcome of eachOutcome(io, experiments, hooks, lent ?? own)) {
      if (outcome.kind === 'refused') throw outcome.error
      invariant(outcome.kind === 'result', 'a record that nobody has asked for')
      results[outcome.index] = outcome.result
    }
  } finally {
    await own.close()
  }
  return results
}

/** What has become of an experiment. `refused`: it cannot run. */
export type Outcome = { readonly index: number } & (
  | { readonly kind: 'result'; readonly result: RunResult }
  | { readonly kind: 'record'; readonly record: string }
  | { readonly kind: 'refused'; readonly error: UserError }
)

export interface OutcomeOptions {
  /** May know some traces already. */
  readonly routings?: RoutingCache
  /**
   * The id of the record of an experiment. Where there is one, the records of short experiments are made where they are
   * simulated, and come in the place of results.
   */
  readonly idOf?: (index: number) => string
}

/**
 * Every outcome as soon as it is complete, once for each experiment. Memory: small plans of all experiments, the partial sums
 * of one bundle, see bundlesOf. Throws what the pool and reading a trace throw.
 */
export async function* eachOutcome(
  io: Io,
  experiments: readonly Experiment[],
  hooks: RunHooks,
  pool: Pick<JobPool, 'run'>,
  { idOf, routings = new RoutingCache(io, hooks.onTraceRead, hooks.onWarning) }: OutcomeOptions = {},
): AsyncGenerator<Outcome, void> {
  // All work is laid out before the first simulation, so that an error in it costs no waiting.
  const plans: Plan[] = []
  for (const [index, experiment] of experiments.entries()) {
    warnOfIdleSeeds(experiment, hooks)
    const routing = await routings.open(experiment)
    try {
      const plan = planExperiment(experiment, index, routing)
      plans.push(plan)
      for (const warning of plan.warnings) hooks.onWarning(warning)
      const warning = idleRoom(experiment, routing.workload(experiment).iterations.length)
      if (warning !== undefined) hooks.onWarning(warning)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      yield { kind: 'refused', index, error }
    }
    await io.interruption.checkpoint()
  }
  const total = plans.reduce((sum, { simulations }) => sum + simulations, 0)
  const work: Work = { io, plans, routings, idOf, version: hooks.version, runs: new Map() }
  const refused = new Set<number>()
  let done = 0
  for await (const { queued, outcome } of pool.run(queueOf(work))) {
    const { index } = queued
    // One that has several layers may fail in each: the first failure is the same for any number of threads.
    if (outcome.kind === 'refused' && !refused.has(index)) {
      refused.add(index)
      yield { ...outcome, index }
    }
    const run = work.runs.get(index)
    run?.add(queued, outcome.kind === 'totals' ? outcome.totals : [])
    done += queued.simulations
    await hooks.onProgress(done, total, labelOf(queued, experiments))
    if (outcome.kind === 'record') yield { ...outcome, index }
    if (run?.isOver !== true) continue
    work.runs.delete(index)
    if (!refused.has(index)) yield { kind: 'result', index, result: run.result(io, hooks.version) }
  }
}

/** Jobs to have for each thread, so that the last ones end at about the same time: few layers are split by scheduler. */
const JOBS_PER_THREAD = 4
/** Estimated. */
const MOST_BUNDLE_US = 5_000_000
/** Estimated: what goes whole is in flight whole, so a kill may cost so much on each thread. */
const MOST_WHOLE_US = 1_000_000

interface Work {
  readonly io: Io
  readonly plans: readonly Plan[]
  readonly routings: RoutingCache
  readonly idOf: OutcomeOptions['idOf']
  readonly version: string
  /** Under way, by index: of those that do not go whole. */
  readonly runs: Map<number, ExperimentRun>
}

const layersOf = ({ seeds }: Plan) => seeds.reduce((sum, { layers }) => sum + layers.length, 0)

/**
 * Bundle by bundle; in a bundle layer by layer, so that experiments on the same layer find its routing made. Experiments
 * that are over before that would pay go whole.
 */
async function* queueOf(work: Work): AsyncGenerator<ExperimentJob, void> {
  const { io, plans, routings, idOf, runs } = work
  const jobs = Math.max(1, JOBS_PER_THREAD * io.workers.threads)
  const pieces = Math.ceil(jobs / plans.reduce((sum, plan) => sum + layersOf(plan), 0))
  const wholeUs = Math.min(MOST_WHOLE_US, plans.reduce((sum, plan) => sum + costUsOf(plan), 0) / jobs)
  const opener = new RoutingOpener()
  for (const bundle of bundlesOf(plans)) {
    const routing = await routings.open(bundle[0]!.experiment)
    const inStep: ExperimentRun[] = []
    for (const plan of bundle) {
      const { experiment, index, seeds, simulations } = plan
      const portable = seeds.map(({ seed }) => routing.of(seed).portable)
      const workload = routing.workload(experiment)
      const costUs = costUsOf(plan)
      if (idOf === undefined || costUs > wholeUs || remakesLayers(plan)) {
        const run = new ExperimentRun(plan, workload, portable, opener)
        inStep.push(run)
        runs.set(index, run)
        continue
      }
      const head = { id: idOf(index), moesim: work.version, traceSha256: routingHash(io, portable) }
      const job = { kind: 'point' as const, head, plan, workload, routings: portable }
      yield { job, index, simulations, costUs }
      await io.interruption.checkpoint()
    }
    for (const [seed, layer] of seedLayersOf(inStep)) {
      for (const [i, run] of inStep.entries()) {
        // By twos, so that a layer is generated once for both and there is still work for every thread.
        const follows = i % 2 === 1 && pieces === 1
        for (const queued of run.jobsOf(seed, layer, pieces)) yield follows ? { ...queued, follows } : queued
      }
      await io.interruption.checkpoint()
    }
  }
}

/** More layers than a thread keeps of a generated routing would be made anew for every experiment that goes whole. */
function remakesLayers(plan: Plan): boolean {
  return plan.experiment.routing.kind !== 'trace' && layersOf(plan) > KEPT_LAYERS
}

/**
 * Experiments with the same routing, as many as together are soon done: what is finished stays finished. Two at least, if
 * each layer would have to be generated for both.
 */
function bundlesOf(plans: readonly Plan[]): Plan[][] {
  const open = new Map<string, { bundle: Plan[]; costUs: number }>()
  const bundles: Plan[][] = []
  for (const plan of plans) {
    const key = routingKey(plan.experiment)
    const known = open.get(key)
    const isPair = known?.bundle.length === 1 && plan.experiment.routing.kind !== 'trace'
    const costUs = costUsOf(plan)
    if (known !== undefined && (isPair || known.costUs + costUs <= MOST_BUNDLE_US)) {
      known.bundle.push(plan)
      known.costUs += costUs
      continue
    }
    const bundle = [plan]
    bundles.push(bundle)
    open.set(key, { bundle, costUs })
  }
  return bundles
}

/** Every [seed, layer] of any of the runs once, ascending. */
function seedLayersOf(runs: readonly ExperimentRun[]): [number, number][] {
  const all = new Map(runs.flatMap(({ seedLayers }) => seedLayers.map((pair) => [pair.join(), pair])))
  return [...all.values()].sort(([seedA, layerA], [seedB, layerB]) => seedA - seedB || layerA - layerB)
}

function labelOf({ job, index }: ExperimentJob, experiments: readonly Experiment[]): string {
  const { name, seeds } = experiments[index]!
  if (job.kind === 'point') return name
  const seed = seeds > 1 ? `, seed ${job.setting.seed}` : ''
  return `${experiments.length > 1 ? `${name}, ` : ''}layer ${job.layers[0]}${seed}`
}

function warnOfIdleSeeds(experiment: Experiment, hooks: RunHooks): void {
  const isSeeded = experiment.routing.kind !== 'trace' || experiment.layers.kind === 'sample'
  if (experiment.seeds === 1 || isSeeded) return
  hooks.onWarning(
    finding(
      'conflict',
      {
        what: `${experiment.seeds} seeds change nothing: the routing comes from a trace and all layers are named`,
        hint: 'every seed gives the same numbers, so the intervals are 0',
      },
      { severity: 'warning' },
    ),
  )
}

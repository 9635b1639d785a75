// Runs experiments, their layers as jobs of one queue: equal results for any number of threads and any company.
import type { Experiment } from '../config/experiment.ts'
import { finding, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import type { RunResult } from '../sim/result.ts'
import { JobPool, type OnDone } from './pool.ts'
import { RoutingCache, routingKey } from './routing.ts'
import { ExperimentRun, type LayerTask, layersOf, planExperiment, type RunHooks } from './run.ts'

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
  const results = new Map<number, RunResult>()
  const own = new JobPool(io)
  try {
    await eachResult(io, experiments, hooks, lent ?? own, {
      onResult: async (index, result) => void results.set(index, result),
    })
  } finally {
    await own.close()
  }
  return experiments.map((_, index) => results.get(index)!)
}

/** What is done with the outcome of each experiment; both are awaited. */
export interface Outcomes {
  onResult(index: number, result: RunResult): Promise<void>
  /** The experiment cannot run, and the others go on; absent: the first one that cannot run ends it all. */
  onRefused?(index: number, error: UserError): Promise<void>
}

/**
 * Hands every result over as soon as it is complete, with the index of its experiment. Memory: the partial sums of one
 * bundle, see bundlesOf. `routings` may know some traces already. Throws as runExperiments does.
 */
export async function eachResult(
  io: Io,
  experiments: readonly Experiment[],
  hooks: RunHooks,
  pool: Pick<JobPool, 'run'>,
  outcomes: Outcomes,
  routings = new RoutingCache(io, hooks.onTraceRead),
): Promise<void> {
  const refused = new Set<number>()
  const refuse = async (index: number, error: unknown) => {
    if (outcomes.onRefused === undefined || !(error instanceof UserError)) throw error
    // One that has several layers may fail in each: the first failure is the same for any number of threads.
    if (refused.has(index)) return
    refused.add(index)
    await outcomes.onRefused(index, error)
  }
  // All work is laid out before the first simulation, so that an error in it costs no waiting.
  const outlines: Outline[] = []
  for (const [index, experiment] of experiments.entries()) {
    warnOfIdleSeeds(experiment, hooks)
    const routingFor = await routings.open(experiment)
    try {
      const { layers, layerCostUs } = planExperiment(experiment, routingFor)
      outlines.push({
        ...{ index, experiment, layers },
        costUs: layerCostUs * layers * experiment.schedulers.length,
      })
    } catch (error) {
      await refuse(index, error)
    }
    await io.interruption.checkpoint()
  }
  const total = outlines.reduce(
    (sum, { layers, experiment }) => sum + layers * experiment.schedulers.length,
    0,
  )
  let done = 0
  const tasks = tasksOf(io, outlines, routings, refuse)
  const count = async (task: LayerTask) => {
    done += layersOf(task)
    await hooks.onProgress(done, total, labelOf(task, experiments.length))
  }
  const onDone: OnDone<LayerTask> = async (task, totals) => {
    const { run } = task
    run.add(task, totals)
    await count(task)
    if (run.isComplete) await outcomes.onResult(run.index, run.result(io, hooks.version))
  }
  await pool.run(tasks, onDone, async (task, error) => {
    await refuse(task.run.index, error)
    await count(task)
  })
}

/** Jobs to have for each thread, so that the last ones end at about the same time: few layers are split by scheduler. */
const JOBS_PER_THREAD = 4
/** Estimated. */
const MOST_BUNDLE_US = 5_000_000

/** What is kept of the plan of an experiment until its turn has come. */
interface Outline {
  readonly index: number
  readonly experiment: Experiment
  /** Over all seeds. */
  readonly layers: number
  readonly costUs: number
}

/** Bundle by bundle; in a bundle layer by layer, so that experiments on the same layer find its routing made. */
async function* tasksOf(
  io: Io,
  outlines: readonly Outline[],
  routings: RoutingCache,
  refuse: (index: number, error: unknown) => Promise<void>,
): AsyncGenerator<LayerTask, void> {
  const layers = outlines.reduce((sum, outline) => sum + outline.layers, 0)
  const pieces = Math.max(1, Math.ceil((JOBS_PER_THREAD * io.workers.threads) / layers))
  for (const bundle of bundlesOf(outlines)) {
    const routingFor = await routings.open(bundle[0]!.experiment)
    const runs: ExperimentRun[] = []
    for (const { index, experiment } of bundle) {
      try {
        runs.push(new ExperimentRun(index, planExperiment(experiment, routingFor)))
      } catch (error) {
        await refuse(index, error)
      }
    }
    for (const [seed, layer] of seedLayersOf(runs)) {
      for (const run of runs) yield* run.tasksOf(seed, layer, pieces)
      await io.interruption.checkpoint()
    }
  }
}

/** Experiments with the same routing, as many as together are soon done: what is finished stays finished. */
function bundlesOf(outlines: readonly Outline[]): Outline[][] {
  const open = new Map<string, { bundle: Outline[]; costUs: number }>()
  const bundles: Outline[][] = []
  for (const outline of outlines) {
    const key = routingKey(outline.experiment)
    const known = open.get(key)
    if (known !== undefined && known.costUs + outline.costUs <= MOST_BUNDLE_US) {
      known.bundle.push(outline)
      known.costUs += outline.costUs
      continue
    }
    const bundle = [outline]
    bundles.push(bundle)
    open.set(key, { bundle, costUs: outline.costUs })
  }
  return bundles
}

/** Every [seed, layer] of any of the runs once, ascending. */
function seedLayersOf(runs: readonly ExperimentRun[]): [number, number][] {
  const all = new Map(runs.flatMap(({ seedLayers }) => seedLayers.map((pair) => [pair.join(), pair])))
  return [...all.values()].sort(([seedA, layerA], [seedB, layerB]) => seedA - seedB || layerA - layerB)
}

function labelOf({ run, seed, job }: LayerTask, experiments: number): string {
  const { name, seeds } = run.experiment
  return `${experiments > 1 ? `${name}, ` : ''}layer ${job.layer}${seeds > 1 ? `, seed ${seed}` : ''}`
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

// Runs experiments, their layers as jobs of one queue: equal results for any number of threads and any company.
import type { Experiment } from '../config/experiment/experiment.ts'
import { finding, invariant, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import type { RunResult } from '../sim/result.ts'
import { KEPT_LAYERS } from '../trace/portable.ts'
import {
  type ExperimentPlan,
  ExperimentRun,
  type LayerTask,
  layersOf,
  planExperiment,
  type RunHooks,
  routingHash,
} from './experiment-run.ts'
import { JobPool, type OnDone, type Task } from './pool.ts'
import { RoutingCache, routingKey } from './routing.ts'

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
  /** Where there is one, the records of short experiments are made where they are simulated, and come in the place of results. */
  readonly records?: {
    /** The id of the record of an experiment. */
    idOf(index: number): string
    onRecord(index: number, record: string): Promise<void>
  }
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
  const tasks = tasksOf({ io, outlines, routings, refuse, version: hooks.version, records: outcomes.records })
  const count = async (task: LayerTask | PointTask) => {
    done += 'run' in task ? layersOf(task) : task.layers
    await hooks.onProgress(done, total, labelOf(task, experiments.length))
  }
  const onDone: OnDone<LayerTask | PointTask> = async (task, outcome) => {
    if (typeof outcome === 'string') {
      await count(task)
      return await outcomes.records?.onRecord(indexOf(task), outcome)
    }
    invariant('run' in task, 'totals of a task that makes a record')
    const { run } = task
    run.add(task, outcome)
    await count(task)
    if (run.isComplete) await outcomes.onResult(run.index, run.result(io, hooks.version))
  }
  await pool.run(tasks, onDone, async (task, error) => {
    await refuse(indexOf(task), error)
    await count(task)
  })
}

/** A whole experiment, for its record. */
interface PointTask extends Task {
  readonly index: number
  readonly name: string
  /** That it simulates, each counted once for every scheduler. */
  readonly layers: number
}

const indexOf = (task: LayerTask | PointTask) => ('run' in task ? task.run.index : task.index)

/** Jobs to have for each thread, so that the last ones end at about the same time: few layers are split by scheduler. */
const JOBS_PER_THREAD = 4
/** Estimated. */
const MOST_BUNDLE_US = 5_000_000
/** Estimated: what goes whole is in flight whole, so a kill may cost so much on each thread. */
const MOST_WHOLE_US = 1_000_000

/** What is kept of the plan of an experiment until its turn has come. */
interface Outline {
  readonly index: number
  readonly experiment: Experiment
  /** Over all seeds. */
  readonly layers: number
  readonly costUs: number
}

interface Work {
  readonly io: Io
  readonly outlines: readonly Outline[]
  readonly routings: RoutingCache
  readonly refuse: (index: number, error: unknown) => Promise<void>
  readonly version: string
  readonly records: Outcomes['records'] | undefined
}

/**
 * Bundle by bundle; in a bundle layer by layer, so that experiments on the same layer find its routing made. Experiments
 * that are over before that would pay go whole.
 */
async function* tasksOf(work: Work): AsyncGenerator<LayerTask | PointTask, void> {
  const { io, outlines, routings, refuse, records } = work
  const layers = outlines.reduce((sum, outline) => sum + outline.layers, 0)
  const jobs = Math.max(1, JOBS_PER_THREAD * io.workers.threads)
  const pieces = Math.ceil(jobs / layers)
  const wholeUs = Math.min(MOST_WHOLE_US, outlines.reduce((sum, { costUs }) => sum + costUs, 0) / jobs)
  for (const bundle of bundlesOf(outlines)) {
    const routingFor = await routings.open(bundle[0]!.experiment)
    const runs: ExperimentRun[] = []
    for (const outline of bundle) {
      const { index, experiment, costUs } = outline
      try {
        const plan = planExperiment(experiment, routingFor)
        if (records === undefined || costUs > wholeUs || remakesLayers(outline)) {
          runs.push(new ExperimentRun(index, plan))
        } else {
          yield pointTask(work, outline, { plan, id: records.idOf(index) })
          await io.interruption.checkpoint()
        }
      } catch (error) {
        await refuse(index, error)
      }
    }
    for (const [seed, layer] of seedLayersOf(runs)) {
      for (const [i, run] of runs.entries()) {
        // By twos, so that a layer is generated once for both and there is still work for every thread.
        const follows = i % 2 === 1 && pieces === 1
        for (const task of run.tasksOf(seed, layer, pieces)) yield follows ? { ...task, follows } : task
      }
      await io.interruption.checkpoint()
    }
  }
}

/** More layers than a thread keeps of a generated routing would be made anew for every experiment that goes whole. */
function remakesLayers({ experiment, layers }: Outline): boolean {
  return experiment.routing.kind !== 'trace' && layers > KEPT_LAYERS
}

function pointTask(
  { io, version }: Work,
  { index, experiment, layers, costUs }: Outline,
  { plan, id }: { plan: ExperimentPlan; id: string },
): PointTask {
  const head = { id, moesim: version, traceSha256: routingHash(io, plan.seeds) }
  const seeds = plan.seeds.map(({ seed, layers, portable }) => ({ seed, layers, portable }))
  return {
    ...{ index, costUs },
    name: experiment.name,
    layers: layers * experiment.schedulers.length,
    job: { head, plan: { ...plan, seeds } },
  }
}

/**
 * Experiments with the same routing, as many as together are soon done: what is finished stays finished. Two at least, if
 * each layer would have to be generated for both.
 */
function bundlesOf(outlines: readonly Outline[]): Outline[][] {
  const open = new Map<string, { bundle: Outline[]; costUs: number }>()
  const bundles: Outline[][] = []
  for (const outline of outlines) {
    const key = routingKey(outline.experiment)
    const known = open.get(key)
    const isPair = known?.bundle.length === 1 && outline.experiment.routing.kind !== 'trace'
    if (known !== undefined && (isPair || known.costUs + outline.costUs <= MOST_BUNDLE_US)) {
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

function labelOf(task: LayerTask | PointTask, experiments: number): string {
  if (!('run' in task)) return task.name
  const { run, seed, job } = task
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

// What figures work with: bundled experiments varied by flags, simulations that run once each, observed single layers.
import { canonicalExperiment } from '../config/canonical.ts'
import type { Experiment, SchedulerChoice } from '../config/experiment/experiment.ts'
import { MAX_SEED } from '../config/experiment/schema.ts'
import type { ExperimentFlags } from '../config/flags.ts'
import { loadExperiment } from '../config/load.ts'
import { invariant } from '../errors.ts'
import type { Io } from '../io.ts'
import { openStage } from '../observe/stage.ts'
import { canonicalJson } from '../run/canonical-json.ts'
import { selectLayers } from '../run/layers.ts'
import { JobPool } from '../run/pool.ts'
import { openRouting } from '../run/routing.ts'
import { type RunHooks, runExperiments } from '../run/run-many.ts'
import type { Probe } from '../sim/probe.ts'
import type { Metrics, SchedulerResult } from '../sim/result.ts'
import type { RoutingSource } from '../trace/source.ts'
import { type RoutingStatistics, routingStatistics, tokensPerExpert } from './routing-statistics.ts'

/** How a bundled experiment is varied: the flags and `--set` texts of `moesim run`. */
export interface Changes {
  readonly flags?: Omit<ExperimentFlags, 'seed' | 'seeds' | 'format' | 'output'>
  readonly sets?: readonly string[]
  /** Added to the seed of the call: another routing of the same kind. */
  readonly seedOffset?: number
}

/** An experiment to be measured. */
export interface Point {
  readonly experiment: Experiment
  /** What to put behind `moesim run` to get the same numbers. */
  readonly command: string
  /** The same for some of its schedulers alone. */
  commandFor(...schedulers: readonly string[]): string
  /** The same with words such as `<tokens>` in the place of some flags, for points that differ in these. */
  templateFor(words: Changes['flags'] & {}, schedulers?: readonly string[]): string
}

/** The results of a point, by scheduler id. */
export type Measured = ReadonlyMap<string, SchedulerResult>

export interface LabOptions {
  /** Fewer layers, tokens and map points: figures decide what that means for them, and say so. */
  readonly isQuick: boolean
  readonly seed: number
  /** A folder of recorded traces, for figures that need one. */
  readonly trace?: string | undefined
}

export class Lab {
  readonly options: LabOptions
  readonly io: Io
  private readonly hooks: RunHooks
  private readonly pool: JobPool
  /** What has been measured so far in this call, by point and scheduler. */
  private readonly known = new Map<string, SchedulerResult>()

  constructor(io: Io, options: LabOptions, hooks: RunHooks) {
    this.io = io
    this.options = options
    this.hooks = hooks
    this.pool = new JobPool(io)
  }

  /** Must be called at the end: stops the threads that measuring may have started. */
  close(): Promise<void> {
    return this.pool.close()
  }

  /** The full value, or the quick one in a quick call. */
  pick<T>(full: T, quick: T): T {
    return this.options.isQuick ? quick : full
  }

  /** Loads a bundled experiment by name through the same loader as `moesim run`. Throws UserError. */
  async load(name: string, { flags = {}, sets = [], seedOffset = 0 }: Changes = {}): Promise<Point> {
    // The seed after the last one is the first.
    const seed = `${(this.options.seed + seedOffset) % (MAX_SEED + 1)}`
    const loaded = await loadExperiment(this.io, { file: name, flags: { ...flags, seed }, sets })
    for (const warning of loaded.warnings) this.hooks.onWarning(warning)
    const commandFor = (...schedulers: readonly string[]) =>
      commandOf(name, { ...flags, schedulers }, sets, seed)
    const templateFor: Point['templateFor'] = (words, schedulers) =>
      commandOf(name, { ...flags, ...words, ...(schedulers && { schedulers }) }, sets, seed)
    const command = commandOf(name, flags, sets, seed)
    return { experiment: loaded.experiment, command, commandFor, templateFor }
  }

  /** Simulates what has not been simulated in this call yet; results in the order of the points. */
  async measure(points: readonly Point[]): Promise<Measured[]> {
    const missing = this.missingOf(points.map(({ experiment }) => experiment))
    const results = await runExperiments(this.io, missing, this.hooks, this.pool)
    missing.forEach((experiment, i) => {
      for (const result of results[i]!.results) this.known.set(keyOf(experiment, result.id), result)
    })
    return points.map(({ experiment }) => {
      const found = experiment.schedulers.map(
        ({ id }) => [id, this.known.get(keyOf(experiment, id))] as const,
      )
      return new Map(
        found.map(([id, result]) => {
          invariant(result !== undefined, () => `${experiment.name} gave no result for ${id}`)
          return [id, result]
        }),
      )
    })
  }

  /** One of the layers of a point under one of its schedulers, with a probe attached: the metrics of that layer. */
  async observe({ experiment }: Point, id: string, layer: number, probe: Probe): Promise<Metrics> {
    const stage = await openStage(this.io, experiment, this.hooks.onTraceRead)
    const scheduler = stage.schedulers.find((one) => one.id === id)
    invariant(scheduler !== undefined, () => `${experiment.name} has no scheduler ${id} that can be observed`)
    const metrics = await stage.observe(scheduler, layer, probe)
    await this.hooks.onProgress(1, 1, id)
    // Nothing ends it early.
    return metrics!
  }

  /** What the routing of a point looks like, over its layers. */
  async statistics(point: Point): Promise<RoutingStatistics> {
    return routingStatistics(await this.tokenCounts(point))
  }

  /** Tokens of every expert, for each layer and iteration of a point. */
  async tokenCounts({ experiment }: Point): Promise<Int32Array[]> {
    const routing = await openRouting(this.io, experiment, this.hooks.onTraceRead)
    const { iterations } = routing.workload(experiment)
    const source = routing.of(experiment.seed)
    return selectLayers(experiment.layers, source, experiment.seed).flatMap((layer) => {
      const experts = source.layerExperts(layer)
      return iterations.map(({ rows }) => tokensPerExpert(experts, rows, source))
    })
  }

  /** The routing of a point; a generated one makes its layers as they are asked for. */
  async routing({ experiment }: Pick<Point, 'experiment'>): Promise<RoutingSource> {
    return (await openRouting(this.io, experiment, this.hooks.onTraceRead)).of(experiment.seed)
  }

  /** Told how far work is that is no simulation. */
  onProgress(done: number, total: number, label: string): Promise<void> {
    return this.hooks.onProgress(done, total, label)
  }

  /** Each experiment cut down to the schedulers that neither an earlier call nor an earlier one here measures. */
  private missingOf(experiments: readonly Experiment[]): Experiment[] {
    const asked = new Set<string>()
    const isNew = (experiment: Experiment, { id }: SchedulerChoice) => {
      const key = keyOf(experiment, id)
      if (this.known.has(key) || asked.has(key)) return false
      asked.add(key)
      return true
    }
    return experiments.flatMap((experiment) => {
      const schedulers = experiment.schedulers.filter((choice) => isNew(experiment, choice))
      const [first] = schedulers
      return first === undefined ? [] : [{ ...experiment, schedulers, baseline: first.id }]
    })
  }
}

/** Everything that decides a scheduler's result: the experiment without its name and its other schedulers. */
function keyOf(experiment: Experiment, id: string): string {
  const choice = experiment.schedulers.filter((scheduler) => scheduler.id === id)
  const canonical = canonicalExperiment({ ...experiment, name: '', schedulers: choice, baseline: id })
  return canonicalJson([canonical, experiment.routing])
}

/** As it would be typed: what holds a space stands in quotes. */
function commandOf(
  name: string,
  flags: Changes['flags'] & {},
  sets: readonly string[],
  seed: string,
): string {
  const { schedulers = [], ...others } = flags
  const words = [name]
  for (const [key, value] of Object.entries(others)) {
    if (value === undefined || value === false) continue
    words.push(`--${key.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`)
    if (value !== true) words.push(value)
  }
  for (const scheduler of schedulers) words.push('--scheduler', scheduler)
  for (const set of sets) words.push('--set', /\s/.test(set) ? `"${set}"` : set)
  return [...words, '--seed', seed].join(' ')
}

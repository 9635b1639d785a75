// One experiment: its work as layer jobs, and the result that their totals add up to.
import { canonicalExperiment } from '../config/canonical.ts'
import type { Experiment, SchedulerChoice } from '../config/experiment/experiment.ts'
import type { Diagnostic } from '../errors.ts'
import { dieCount } from '../hardware/die-count.ts'
import { buildTopology } from '../hardware/topology.ts'
import type { Io } from '../io.ts'
import type { DeferralPlan } from '../sim/deferral/deferral.ts'
import { totalsOutsideLayers } from '../sim/end-to-end.ts'
import { Totals, type TotalsData } from '../sim/metrics/totals.ts'
import type { RunResult, SchedulerResult } from '../sim/result.ts'
import { OutcomeSum, seatTokens } from '../sim/simulate.ts'
import type { PortableRouting } from '../trace/portable.ts'
import type { LayerRouting } from '../trace/source.ts'
import { aggregate } from './aggregate.ts'
import { assertBufferingHasAllLayers, deferralPlans } from './buffering.ts'
import { canonicalJson } from './canonical-json.ts'
import { assertContextFits } from './context-fit.ts'
import { type JobSetting, type LayerJob, layerCostUs } from './layer-job.ts'
import { assertLayersFollow, readsAhead } from './layer-row.ts'
import { selectLayers } from './layers.ts'
import type { Task } from './pool.ts'
import type { OpenedRouting } from './routing.ts'
import { buildWorkload, type Workload } from './workload.ts'

export interface RunHooks {
  /** Version of moesim, for the result. */
  readonly version: string
  /** Called while a trace is read; may stop the run by throwing. */
  onTraceRead(bytesDone: number, bytesTotal: number): void
  /** Awaited after layers: a place to draw, and to stop the run by throwing. Each scheduler counts a layer. */
  onProgress(layersDone: number, layersTotal: number, label: string): Promise<void>
  onWarning(warning: Diagnostic): void
}

/** What one experiment simulates. */
export interface ExperimentPlan {
  readonly experiment: Experiment
  /** The same for every seed: only the routing of its tokens changes. */
  readonly workload: Workload
  readonly seeds: readonly (SeedPlan & OpenedRouting)[]
  /** Layers to simulate, over all seeds, each once for all schedulers. */
  readonly layers: number
  /** Of a layer under one scheduler: see layerCostUs. */
  readonly layerCostUs: number
}

interface SeedPlan {
  readonly seed: number
  readonly layers: readonly number[]
}

/** What an ExperimentRun needs of a plan: there may be no more of it on another thread. */
export interface RunPlan extends Omit<ExperimentPlan, 'seeds'> {
  readonly seeds: readonly (SeedPlan & {
    readonly portable: PortableRouting
    readonly source: LayerRouting
  })[]
}

/** Throws UserError where the routing does not hold the work. */
export function planExperiment(
  experiment: Experiment,
  routingFor: (seed: number) => OpenedRouting,
): ExperimentPlan {
  const seeds = Array.from({ length: experiment.seeds }, (_, i) => {
    const seed = experiment.seed + i
    const routing = routingFor(seed)
    const layers = selectLayers(experiment.layers, routing.source, seed)
    assertBufferingHasAllLayers(experiment, layers, routing.source)
    assertLayersFollow(experiment, layers, routing.source)
    return { seed, ...routing, layers }
  })
  const { model, hardware, compat } = experiment
  const workload = buildWorkload(experiment.workload, compat, seeds[0]!.source)
  assertContextFits(experiment, workload.iterations)
  return {
    experiment,
    workload,
    seeds,
    layers: seeds.reduce((sum, { layers }) => sum + layers.length, 0),
    layerCostUs: layerCostUs({ model, iterations: workload.iterations }, dieCount(hardware.topology)),
  }
}

/** One layer of one seed, or all layers in a row, under some of the schedulers. */
export interface LayerTask extends Task {
  readonly job: LayerJob
  readonly run: ExperimentRun
  readonly seed: number
  readonly choices: readonly SchedulerChoice[]
}

/** Layers that a task simulates, each counted once for every scheduler. */
export function layersOf({ job, choices }: LayerTask): number {
  return choices.length * (1 + (job.following?.length ?? 0))
}

/** From the tasks of an experiment to its result. The layers of a seed must be added in ascending order. */
export class ExperimentRun {
  /** Of the experiment, among those that run together. */
  readonly index: number
  private readonly plan: RunPlan
  private readonly settings: ReadonlyMap<number, JobSetting>
  /** By seed and scheduler id. */
  private readonly deferrals: ReadonlyMap<number, ReadonlyMap<string, DeferralPlan>>
  private readonly sums: ReadonlyMap<number, ReadonlyMap<string, OutcomeSum>>
  /** Layers still to come, each counted once for every scheduler. */
  private missing: number

  constructor(index: number, plan: RunPlan) {
    this.index = index
    this.plan = plan
    const { experiment, workload, seeds } = plan
    const { hardware, model, compat, endToEnd, schedulers } = experiment
    const { iterations, spread } = workload
    const context = { hardware, topology: buildTopology(hardware.topology), model, compat }
    const metricSetting = {
      hardware,
      dies: context.topology.dies,
      moeLayers: model.moeLayers.length,
    }
    const restingDie = seatTokens(context.topology, iterations, spread)
    this.settings = new Map(
      seeds.map(({ seed, portable }) => [
        seed,
        { hardware, model, compat, endToEnd, iterations, restingDie, routing: portable },
      ]),
    )
    this.deferrals = new Map(
      seeds.map(({ seed, layers, source }) => [
        seed,
        deferralPlans(experiment, context.topology, workload, layers, source),
      ]),
    )
    this.sums = new Map(
      seeds.map(({ seed, layers }) => {
        const sums = schedulers.map(({ id }): [string, OutcomeSum] => {
          const plan = this.deferrals.get(seed)!.get(id)
          const outside = totalsOutsideLayers(context, endToEnd, iterations, layers, plan)
          return [id, new OutcomeSum(metricSetting, outside)]
        })
        return [seed, new Map(sums)]
      }),
    )
    this.missing = plan.layers * schedulers.length
  }

  get experiment(): Experiment {
    return this.plan.experiment
  }

  /** [seed, layer] of all that is simulated. */
  get seedLayers(): [number, number][] {
    return this.plan.seeds.flatMap(({ seed, layers }) =>
      layers.map((layer): [number, number] => [seed, layer]),
    )
  }

  get isComplete(): boolean {
    return this.missing === 0
  }

  /** The schedulers of a layer in up to `pieces` tasks of about equal size; none where the layer is not simulated. */
  *tasksOf(seed: number, layer: number, pieces: number): Generator<LayerTask> {
    const { experiment, seeds, layerCostUs } = this.plan
    const place = seeds.find((plan) => plan.seed === seed)?.layers.indexOf(layer) ?? -1
    if (place < 0) return
    const setting = this.settings.get(seed)!
    const deferrals = this.deferrals.get(seed)!
    if (place === 0) yield* this.chainsOf(seed)
    const schedulers = experiment.schedulers.filter((choice) => !readsAhead(choice))
    const size = Math.ceil(schedulers.length / pieces)
    for (let from = 0; from < schedulers.length; from += size) {
      const choices = schedulers.slice(from, from + size)
      const job = {
        setting,
        layer,
        schedulers: choices.map(({ id, scheduler, options }) => ({
          scheduler,
          options,
          plan: deferrals.get(id)?.layers[place],
        })),
      }
      yield { run: this, seed, choices, job, costUs: layerCostUs * choices.length }
    }
  }

  /** All layers of a seed under each scheduler that reads ahead: a task for each. */
  private *chainsOf(seed: number): Generator<LayerTask> {
    const { experiment, seeds, layerCostUs } = this.plan
    const { layers } = seeds.find((plan) => plan.seed === seed)!
    const [layer, ...following] = layers
    const setting = this.settings.get(seed)!
    for (const choice of experiment.schedulers.filter(readsAhead)) {
      const { scheduler, options } = choice
      const job = { setting, layer: layer!, following, schedulers: [{ scheduler, options }] }
      yield { run: this, seed, choices: [choice], job, costUs: layerCostUs * layers.length }
    }
  }

  add({ seed, job, choices }: LayerTask, totals: readonly TotalsData[]): void {
    const sums = this.sums.get(seed)!
    const layers = [job.layer, ...(job.following ?? [])]
    layers.forEach((layer, at) => {
      choices.forEach(({ id }, i) => {
        sums.get(id)!.addLayer(layer, Totals.revive(totals[at * choices.length + i]!))
      })
    })
    this.missing -= totals.length
  }

  /** Layers that a sample was drawn from; undefined where layers are not sampled. */
  private get sampledFrom(): number | undefined {
    const { experiment, seeds } = this.plan
    return experiment.layers.kind === 'sample' ? seeds[0]!.source.layers.length : undefined
  }

  /** Of every scheduler, over all seeds. */
  results(): SchedulerResult[] {
    const { experiment, seeds } = this.plan
    const outcomes = seeds.map(
      ({ seed }) => new Map([...this.sums.get(seed)!].map(([id, sum]) => [id, sum.outcome()])),
    )
    return aggregate(experiment.schedulers, experiment.baseline, outcomes, this.sampledFrom)
  }

  result(io: Pick<Io, 'hash'>, version: string): RunResult {
    const { experiment, seeds } = this.plan
    const canonical = canonicalExperiment(experiment)
    return {
      schemaVersion: 1,
      moesim: version,
      baseline: experiment.baseline,
      seeds: seeds.map(({ seed }) => seed),
      experiment: canonical,
      configSha256: sha256(io, canonicalJson(canonical)),
      traceSha256: routingHash(io, seeds),
      results: this.results(),
    }
  }
}

/** One routing: its own hash. Several: the hash of their hashes, in the order of the seeds. */
export function routingHash(io: Pick<Io, 'hash'>, seeds: RunPlan['seeds']): string {
  const hashes = [...new Set(seeds.map(({ portable }) => portable.sha256))]
  return hashes.length === 1 ? hashes[0]! : sha256(io, canonicalJson(hashes))
}

function sha256(io: Pick<Io, 'hash'>, text: string): string {
  const hash = io.hash()
  hash.update(text)
  return hash.hex()
}

// One experiment: its work as jobs, and the result that their totals add up to.
import type { Experiment } from '../config/experiment/experiment.ts'
import { packageOf } from '../hardware/package.ts'
import type { Io } from '../io.ts'
import { seatTokens } from '../sim/batch.ts'
import type { RunResult, SchedulerResult } from '../sim/result.ts'
import type { RoutingOpener } from '../trace/portable.ts'
import type { PortableRouting } from '../trace/source.ts'
import { aggregate } from './aggregate.ts'
import { basisOf } from './basis.ts'
import { canonicalJson } from './canonical-json.ts'
import type { ExperimentJob, LayerJob, LayerTotals } from './jobs.ts'
import { runsInRow } from './layer-row.ts'
import { type Plan, slicesOf } from './plan.ts'
import { subjectOf } from './point-record.ts'
import { SeedRun } from './seed-run.ts'
import type { Workload } from './workload.ts'

export class ExperimentRun {
  readonly plan: Plan
  readonly seeds: readonly SeedRun[]
  private readonly routings: readonly PortableRouting[]
  /** Layers that the routing covers. */
  private readonly coveredLayers: number
  /** Simulations still to come. */
  private missing: number

  /** `routings`: by seed. */
  constructor(
    plan: Plan,
    workload: Workload,
    routings: readonly PortableRouting[],
    opener: Pick<RoutingOpener, 'open'>,
  ) {
    this.plan = plan
    this.routings = routings
    this.missing = plan.simulations
    const { experiment } = plan
    const pkg = packageOf(experiment)
    const restingDie = seatTokens(pkg.topology, workload.iterations, workload.spread)
    const setting = { experiment, pkg, workload, restingDie }
    this.coveredLayers = opener.open(routings[0]!).layers.length
    this.seeds = plan.seeds.map((of, at) => {
      const portable = routings[at]!
      return new SeedRun(setting, of, portable, opener.open(portable))
    })
  }

  get experiment(): Experiment {
    return this.plan.experiment
  }

  /** [seed, layer] of all that is simulated. */
  get seedLayers(): [number, number][] {
    return this.seeds.flatMap(({ seed, layers }) => layers.map((layer): [number, number] => [seed, layer]))
  }

  /** Every job is over. */
  get isOver(): boolean {
    return this.missing === 0
  }

  /**
   * The schedulers of a layer in up to `pieces` jobs of about equal size; none where the layer is not simulated. Those that
   * read ahead come with the first layer, each with all layers.
   */
  *jobsOf(seed: number, layer: number, pieces: number): Generator<ExperimentJob<LayerJob>> {
    const run = this.seeds.find((of) => of.seed === seed)
    if (run === undefined || !run.layers.includes(layer)) return
    const { schedulers } = this.experiment
    if (layer === run.layers[0]) {
      for (const one of schedulers.filter(runsInRow)) yield this.queued(run.job(run.layers, [one]))
    }
    const alone = schedulers.filter((one) => !runsInRow(one))
    const size = Math.ceil(alone.length / pieces)
    for (let from = 0; from < alone.length; from += size) {
      yield this.queued(run.job([layer], alone.slice(from, from + size)))
    }
  }

  private queued(job: LayerJob): ExperimentJob<LayerJob> {
    const { index, sliceUs } = this.plan
    const simulations = job.layers.length * job.schedulers.length
    return { job, index, simulations, costUs: job.layers.length * sliceUs * slicesOf(job.schedulers) }
  }

  /** Takes what has come of a job: nothing where it was refused. The layers of a seed must come in ascending order. */
  add({ simulations }: Pick<ExperimentJob, 'simulations'>, totals: readonly LayerTotals[]): void {
    for (const one of totals) this.seeds.find(({ seed }) => seed === one.seed)!.add(one)
    this.missing -= simulations
  }

  /** Of every scheduler, over all seeds. */
  results(): SchedulerResult[] {
    const { schedulers, baseline, layers } = this.experiment
    const outcomes = this.seeds.map((run) => run.outcomes())
    return aggregate(
      schedulers,
      baseline,
      outcomes,
      layers.kind === 'sample' ? this.coveredLayers : undefined,
    )
  }

  result(io: Pick<Io, 'hash'>, version: string): RunResult {
    const subject = subjectOf(this.experiment)
    return {
      schemaVersion: 1,
      moesim: version,
      ...subject,
      configSha256: sha256(io, canonicalJson(subject.experiment)),
      traceSha256: routingHash(io, this.routings),
      ...basisOf(this.experiment, this.seeds[0]!.iterations),
      results: this.results(),
    }
  }
}

/** One routing: its own hash. Several: the hash of their hashes, in the order of the seeds. */
export function routingHash(io: Pick<Io, 'hash'>, routings: readonly PortableRouting[]): string {
  const hashes = [...new Set(routings.map((routing) => routing.sha256))]
  return hashes.length === 1 ? hashes[0]! : sha256(io, canonicalJson(hashes))
}

function sha256(io: Pick<Io, 'hash'>, text: string): string {
  const hash = io.hash()
  hash.update(text)
  return hash.hex()
}

// Runs an experiment: every scheduler on the same work, for every seed, into one result.
import { canonicalExperiment } from '../config/canonical.ts'
import type { Experiment } from '../config/experiment.ts'
import { type Diagnostic, finding } from '../errors.ts'
import type { Io } from '../io.ts'
import type { RunResult } from '../sim/result.ts'
import { type SimulationOutcome, simulate } from '../sim/simulate.ts'
import type { RoutingSource } from '../trace/source.ts'
import { aggregate, type SeedOutcomes } from './aggregate.ts'
import { canonicalJson } from './canonical-json.ts'
import { selectLayers } from './layers.ts'
import { openRouting } from './routing.ts'
import { buildWorkload } from './workload.ts'

export interface RunHooks {
  /** Version of moesim, for the result. */
  readonly version: string
  /** Called while a trace is read; may stop the run by throwing. */
  onTraceRead(bytesDone: number, bytesTotal: number): void
  /** Awaited between layers: a place to draw, and to stop the run by throwing. */
  onProgress(layersDone: number, layersTotal: number, label: string): Promise<void>
  onWarning(warning: Diagnostic): void
}

export async function runExperiment(io: Io, experiment: Experiment, hooks: RunHooks): Promise<RunResult> {
  const seeds = Array.from({ length: experiment.seeds }, (_, i) => experiment.seed + i)
  warnOfIdleSeeds(experiment, hooks)
  const sourceFor = await openRouting(io, experiment, hooks.onTraceRead)
  // Every seed's work is laid out before the first simulation, so that an error in it costs no waiting.
  const plans = seeds.map((seed) => planSeed(experiment, sourceFor(seed), seed))
  const perScheduler = plans.reduce((sum, { layers }) => sum + layers.length, 0)
  const total = perScheduler * experiment.schedulers.length
  let done = 0
  const outcomes: SeedOutcomes[] = []
  for (const plan of plans) {
    const outcomesOfSeed = new Map<string, SimulationOutcome>()
    for (const choice of experiment.schedulers) {
      const label = seeds.length > 1 ? `${choice.id}, seed ${plan.seed}` : choice.id
      const outcome = await simulate(simulationInput(experiment, plan, choice), (layersDone) =>
        hooks.onProgress(done + layersDone, total, label),
      )
      outcomesOfSeed.set(choice.id, outcome)
      done += plan.layers.length
    }
    outcomes.push(outcomesOfSeed)
  }
  const canonical = canonicalExperiment(experiment)
  return {
    schemaVersion: 1,
    moesim: hooks.version,
    baseline: experiment.baseline,
    seeds,
    experiment: canonical,
    configSha256: sha256(io, canonicalJson(canonical)),
    traceSha256: routingHash(io, plans),
    results: aggregate(experiment.schedulers, experiment.baseline, outcomes),
  }
}

/** What one seed simulates. */
interface SeedPlan {
  readonly seed: number
  readonly source: RoutingSource
  readonly layers: readonly number[]
  readonly workload: ReturnType<typeof buildWorkload>
}

function planSeed(experiment: Experiment, source: RoutingSource, seed: number): SeedPlan {
  return {
    seed,
    source,
    layers: selectLayers(experiment.layers, source, seed),
    workload: buildWorkload(experiment.workload, experiment.compat, source),
  }
}

function simulationInput(experiment: Experiment, plan: SeedPlan, choice: Experiment['schedulers'][number]) {
  return {
    hardware: experiment.hardware,
    model: experiment.model,
    compat: experiment.compat,
    source: plan.source,
    layers: plan.layers,
    iterations: plan.workload.iterations,
    spread: plan.workload.spread,
    scheduler: { scheduler: choice.scheduler, options: choice.options },
  }
}

function warnOfIdleSeeds(experiment: Experiment, hooks: RunHooks): void {
  const isSeeded = experiment.routing.kind === 'generator' || experiment.layers.kind === 'sample'
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

/** One routing: its own hash. Several: the hash of their hashes, in the order of the seeds. */
function routingHash(io: Io, plans: readonly SeedPlan[]): string {
  const hashes = [...new Set(plans.map(({ source }) => source.sha256))]
  return hashes.length === 1 ? hashes[0]! : sha256(io, canonicalJson(hashes))
}

function sha256(io: Io, text: string): string {
  const hash = io.hash()
  hash.update(text)
  return hash.hex()
}

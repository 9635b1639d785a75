// All iterations of one MoE layer, each scheduler on a machine of its own, step by step: the unit of parallel work.
import { invariant } from '../errors.ts'
import type { Package } from '../hardware/package.ts'
import type { Optima } from '../optimum/optimum.ts'
import type { OptionValues } from '../schedulers/options.ts'
import type { Slots } from '../schedulers/placements/search/problem.ts'
import type { Scheduler } from '../schedulers/scheduler.ts'
import { schedulers } from '../schedulers/table.ts'
import type { LayerWork } from '../schedulers/work.ts'
import type { LayerRouting } from '../trace/source.ts'
import type { Foresight } from './ahead/read-ahead.ts'
import { buildWork, NO_EXPERT } from './batch.ts'
import { ExpertCaches } from './cache/expert-caches.ts'
import { choicesByIteration } from './choices.ts'
import { addCounters } from './counters.ts'
import type { LayerPlan } from './deferral/plan.ts'
import { addLayerParts, allArriving, type EndToEnd, pausedBytes } from './end-to-end.ts'
import type { Iteration } from './iteration.ts'
import { LayerKnowledge } from './knowledge.ts'
import { LayerOptimum, optimaOf } from './layer-optimum.ts'
import { countersOf } from './machine/counters.ts'
import { LayerMachine } from './machine/machine.ts'
import { binding, layerBounds } from './metrics/bounds.ts'
import { PassParts } from './metrics/roofline.ts'
import { addIteration, Totals } from './metrics/totals.ts'
import type { Probe } from './probe.ts'
import { type JitterSetting, type LayerRun, RepeatedRun } from './repeated-run.ts'

/** Name in the scheduler table and all option values. */
export interface SchedulerSetting {
  readonly scheduler: string
  readonly options: OptionValues
  /** Where experts lie, by layer id, where the options name a file for it. */
  readonly slots?: ReadonlyMap<number, Slots> | undefined
  /** What token buffering makes of the layer's iterations; absent = it is off. */
  readonly plan?: LayerPlan | undefined
}

/** With whoever looks on. */
export interface WatchedScheduler extends SchedulerSetting {
  readonly probe?: Probe | undefined
}

/** What every scheduler of a layer finds alike. */
export interface LayerSetting {
  readonly pkg: Package
  readonly routing: LayerRouting
  readonly layer: number
  readonly iterations: readonly Iteration[]
  /** The die of every token, by iteration. */
  readonly restingDie: readonly Int32Array[]
  /** Absent: the MoE layer alone. */
  readonly endToEnd?: EndToEnd | undefined
  /** Absent: every run once. */
  readonly jitter?: JitterSetting | undefined
  /** Of the run; 0 if absent. */
  readonly seed?: number | undefined
  /** Whether to find the optimum of every iteration too; absent: not. */
  readonly findsOptimum?: boolean | undefined
}

/**
 * Totals of each scheduler, in the order given. Layers share nothing, so any order of them gives the same; nor do
 * schedulers, which run in step only so that each iteration's work is laid out once and held no longer than it is
 * needed. `checkpoint` is awaited after every iteration, for interruption. Throws UserError.
 */
export async function simulateLayer(
  setting: LayerSetting,
  watched: readonly WatchedScheduler[],
  checkpoint?: () => Promise<void>,
): Promise<Totals[]> {
  const layerExperts = setting.routing.layerExperts(setting.layer)
  const ofAll = knowledgeOf(setting, layerExperts)
  const optima = await optimaOf(setting.pkg, setting.findsOptimum)
  const runs = watched.map((scheduler) => {
    const { plan } = scheduler
    const knowledge = plan ? knowledgeOf({ ...setting, ...plan }, layerExperts) : ofAll
    const begin = (isRepeated: boolean) =>
      beginLayers(setting.pkg, scheduler, [knowledge], { isRepeated, optima })[0]!
    return { repeated: new RepeatedRun(scheduler.scheduler, begin, setting.layer, setting.jitter), plan }
  })
  const unplanned = runs.filter(({ plan }) => plan === undefined)
  const repeated = unplanned.map((run) => run.repeated)
  if (unplanned.length > 0) await runSteps(setting, layerExperts, repeated, checkpoint)
  for (const run of runs) {
    if (run.plan) await runSteps({ ...setting, ...run.plan }, layerExperts, [run.repeated], checkpoint)
  }
  return runs.map((run) => totalsOf(run.repeated))
}

/** Sets a scheduler of the table up on a machine for each layer, on which what it keeps is one for all. Throws UserError. */
export function beginLayers(
  pkg: Package,
  { scheduler: name, options, probe, slots }: WatchedScheduler,
  layers: readonly LayerKnowledge[],
  { isRepeated, optima }: { readonly isRepeated: boolean; readonly optima?: Optima | undefined },
): LayerRun[] {
  const { hardware, model, compat, topology, payloadBytesPerPs } = pkg
  const made = layers.map((knowledge) => {
    const { layer } = knowledge
    const placed = slots?.get(layer)
    const of = { hardware, model, compat, topology, payloadBytesPerPs, layer, knowledge, placed }
    return schedulers[name]!.create(options, of)
  })
  const { cache: request, slices } = made[0]!
  const cachesOf = (of: readonly number[]) =>
    request &&
    new ExpertCaches({
      ...{ pkg, request, slices, layers: of.map((index) => layers[index]!) },
      ...(request.place === 'memory' && { keepers: of.map((index) => keepersIn(made[index]!)) }),
    })
  const shared = request?.scope === 'pool' ? cachesOf([...layers.keys()]) : undefined
  const cacheOf = (index: number) => (shared ? shared.ofLayer(index) : cachesOf([index])?.ofLayer(0))
  return made.map((scheduler, index) => {
    const optimum = optima && new LayerOptimum(pkg, optima, probe)
    const seen = optimum?.meter ?? probe
    const machine = new LayerMachine(pkg, scheduler, seen, isRepeated, cacheOf(index))
    return { scheduler, machine, totals: new Totals(), optimum }
  })
}

/** The dies that compute with an expert as a scheduler places it. */
function keepersIn(scheduler: Scheduler): (expert: number) => readonly number[] {
  return (expert) => [scheduler.home(expert, 0), ...(scheduler.copies?.(expert, 0) ?? [])]
}

/** After all iterations. */
export function totalsOf(repeated: RepeatedRun): Totals {
  const { machine, totals } = repeated.run
  addCounters(totals, countersOf(machine))
  return repeated.withRepetitions(totals)
}

function knowledgeOf(setting: LayerSetting, layerExperts: Uint16Array): LayerKnowledge {
  return new LayerKnowledge({ ...setting, model: setting.pkg.model, layerExperts })
}

/** All iterations, as the workload or a plan has them. */
async function runSteps(
  setting: LayerSetting & Partial<LayerPlan>,
  layerExperts: Uint16Array,
  runs: readonly RepeatedRun[],
  checkpoint?: () => Promise<void>,
): Promise<void> {
  const { pkg, layer, restingDie, endToEnd } = setting
  const { model, topology } = pkg
  const { topK, experts } = model
  const parts = endToEnd && new PassParts(pkg, endToEnd.contextTokens)
  const choices = choicesByIteration(setting.iterations, layerExperts, topK)
  for (const [i, iteration] of setting.iterations.entries()) {
    const slots = setting.slots?.[i]
    const chosen = withoutHeld(choices.next().value, slots)
    const planned = setting.arrivals?.[i]
    const arrivingTokens = planned?.tokens ?? iteration.rows.length
    // Where pairs wait, shared experts and all else have no work with their tokens when these come back.
    const returningTokens = slots === undefined ? 0 : iteration.rows.length - arrivingTokens
    if (parts) {
      const arrivals = planned ?? allArriving(iteration)
      const rows = iteration.rows.subarray(0, iteration.rows.length - returningTokens)
      for (const { run } of runs)
        addLayerParts(run.totals, parts, model, layer, arrivals, { ...iteration, rows })
    }
    // Everything that came has paused.
    if (iteration.rows.length === 0) continue
    const shape = { layer, iteration: i, topK, experts }
    const paused = setting.pausedTokens && pausedBytes(model, setting.pausedTokens[i]!)
    const work = buildWork(shape, iteration, chosen, restingDie[i]!, topology, paused, returningTokens)
    for (const repeated of runs) repeated.iterate((run) => runIteration(pkg, run, work))
    await checkpoint?.()
  }
}

/** Choices of which only those are left that are computed in this iteration. */
function withoutHeld(choices: Uint16Array, slots: Uint8Array | undefined): Uint16Array {
  return slots === undefined ? choices : choices.map((expert, at) => (slots[at] === 1 ? expert : NO_EXPERT))
}

/** One iteration under one scheduler, added to its totals: its latency in ps. `foresight` as in LayerMachine.runIteration. */
export function runIteration(
  pkg: Package,
  { machine, totals, optimum }: LayerRun,
  work: LayerWork,
  foresight?: Foresight,
): number {
  const { traffic, holdings } = machine
  holdings.enter(work.iteration)
  const { unaided, ...stayed } = machine.cached?.enter(work) ?? { presentBytes: 0 }
  const presentBytes = machine.ahead.presentBytes(work) + (stayed.presentBytes ?? 0)
  const least = layerBounds(work, pkg, { ...stayed, share: holdings.share, presentBytes })
  // What results are held against is the same whether or not something was read ahead; what stayed on dies was read by others.
  const isSame = unaided === undefined && presentBytes === (stayed.presentBytes ?? 0)
  const bounds = isSame ? least : layerBounds(work, pkg, { ...unaided, share: holdings.shareInMemory })
  const largest = binding(least)
  const best = optimum?.find(work, holdings, largest)
  const before = { ...traffic, dieFlop: traffic.dieFlop.slice(), channelBytes: traffic.channelBytes.slice() }
  const latencyPs = machine.runIteration(work, foresight)
  addIteration(totals, work, latencyPs, bounds, {
    dieFlop: [...traffic.dieFlop].map((flop, die) => flop - before.dieFlop[die]!),
    channelBytes: [...traffic.channelBytes].map((bytes, die) => bytes - before.channelBytes[die]!),
    hops: traffic.hops - before.hops,
  })
  const { name, ps } = largest
  invariant(
    latencyPs >= Math.floor(ps * (1 - 1e-9)),
    () => `layer ${work.layer} took ${latencyPs} ps, less than its ${name} bound of ${ps} ps`,
  )
  if (best !== undefined) optimum?.add(totals, best, work, latencyPs)
  return latencyPs
}

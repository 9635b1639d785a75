// Ours made like FSE-DP's reference simulator, one cause of difference after the other.
//
// A cause is taken away or put in by changing our configuration where that can be done, so that the size of it is
// simulated; what is left, two durations, is added by formula. Letters and numbers are those of the reference sheet.
import type { ModelShape } from '../../../model/shape.ts'
import { Stage } from '../../../observe/stage.ts'
import { ExperimentRouting } from '../../../run/routing.ts'
import type { LayerWork } from '../../../schedulers/work.ts'
import { tableSource } from '../../../trace/tables.ts'
import type { Lab } from '../../lab.ts'
import { FSE_DP, metric, PAIRED } from '../common.ts'
import type { Batch } from './batch.ts'
import {
  exactFrames,
  FRAME_PS,
  gatherFrames,
  type HomedExpert,
  sliceMoveFrames,
  wholeFrames,
} from './frames.ts'
import { EP, EP_FAIR, FSE_SCHEDULES, SEQUENTIAL } from './results.ts'

export const CONFIG = 'fse-dp-reference'

export const EP_STEPS = ['experts dealt alike', 'whole frames (B14)', 'token moves (B5)']
export const FSE_STEPS = [
  'one channel for all',
  'SEQUENTIAL striping (B3)',
  'whole frames (B14)',
  'their D2D (B5, B6, B9)',
]

/** Of configs/hardware/fse-dp-2x2-reference.yaml. */
const CHANNEL_GBPS = 25.6
const CLOCK_MHZ = 800

/** Micro-slices of an expert in the reference simulator's FSE-DP. */
const SLICES = 16

const EP_DEALT: Readonly<Record<string, string>> = {
  [EP]: `${EP},placement=round-robin`,
  [EP_FAIR]: `${EP_FAIR},placement=round-robin`,
}
const PREFETCH: Readonly<Record<string, number>> = { [EP]: 0, [EP_FAIR]: 1 }

/** Latency of one of EP_SCHEDULES in ps after each of EP_STEPS. */
export async function epSteps(lab: Lab, batch: Batch, ours: string): Promise<number[]> {
  const { model } = batch.experiment
  const prefetch = PREFETCH[ours]!
  const dealt = await dealtLatencyPs(lab, batch, ours, [])
  const rounded = await dealtLatencyPs(lab, batch, ours, roundingSets(model, 1, CHANNEL_GBPS))
  const { dies } = batch.topology
  const gather = gatherFrames(homedExperts(batch), dies, wholeFrames(model, 1), prefetch)
  return [dealt, rounded, rounded + gather * FRAME_PS]
}

/** Latency of our counterpart of each of FSE_SCHEDULES, in ps after each of FSE_STEPS. */
export async function fseSteps(lab: Lab, batch: Batch): Promise<Map<string, number[]>> {
  const { model, hardware } = batch.experiment
  const channels = hardware.memory.channelDies.length
  const active = batch.work.activeExperts.length
  // Of the channels that hold active experts the fullest decides; evenly, each would hold a part of them all.
  const sequentialShare = active / channels / Math.min(model.experts / channels, active)
  const moves = (channels - 1) * sliceMoveFrames(model) * FRAME_PS
  const poolGbps = channels * CHANNEL_GBPS
  const steps = new Map<string, number[]>()
  for (const { column, ours } of FSE_SCHEDULES) {
    const stripedGbps = column === SEQUENTIAL.column ? poolGbps * sequentialShare : poolGbps
    const latencyPs = (sets: readonly string[]) => changedLatencyPs(lab, batch, ours, sets)
    const rounding = roundingSets(model, SLICES, stripedGbps)
    const freeLinks = ['hardware.link.bandwidth=1000000 GB/s', 'hardware.link.latency=0 ns']
    steps.set(column, [
      await latencyPs(poolSets(poolGbps)),
      await latencyPs(poolSets(stripedGbps)),
      await latencyPs([...poolSets(stripedGbps), ...rounding]),
      (await latencyPs([...poolSets(stripedGbps), ...rounding, ...freeLinks])) + moves,
    ])
  }
  return steps
}

/**
 * One channel as fast as all together, which every die reads: that a micro-slice comes over links from the channel it was dealt
 * to, and that channels end at different times, is taken away. It leaves one bandwidth to which the steps after it can be put.
 */
function poolSets(gbps: number): string[] {
  return ['hardware.memory.channels=[0]', bandwidthSet(gbps)]
}

/** Durations rounded up to whole frames (B14), as rates that much lower. */
function roundingSets(model: ModelShape, pieces: number, gbps: number): string[] {
  const exact = exactFrames(model, pieces)
  const whole = wholeFrames(model, pieces)
  const clockMhz = (CLOCK_MHZ * exact.compute) / whole.compute
  return [`hardware.compute.clock=${clockMhz.toFixed(6)} MHz`, bandwidthSet((gbps * exact.load) / whole.load)]
}

const bandwidthSet = (gbps: number) => `hardware.memory.bandwidth=${gbps.toFixed(6)} GB/s`

async function changedLatencyPs(
  lab: Lab,
  batch: Batch,
  id: string,
  sets: readonly string[],
): Promise<number> {
  const point = await lab.load(CONFIG, { flags: { ...batch.flags, schedulers: [FSE_DP, PAIRED] }, sets })
  const [measured] = await lab.measure([point])
  return metric(measured!, id, 'latency')
}

/** EP with the i-th active expert behind channel i mod 4, as the reference simulator deals them. */
async function dealtLatencyPs(
  lab: Lab,
  batch: Batch,
  ours: string,
  sets: readonly string[],
): Promise<number> {
  const flags = { ...batch.flags, schedulers: [EP_DEALT[ours]!] }
  const { experiment } = await lab.load(CONFIG, { flags, sets })
  const { routing, layer } = batch
  const ids = dealtIds(batch)
  const table = routing.layerExperts(layer).map((expert) => ids.get(expert)!)
  const dealt = tableSource(lab.io, routing, new Map([[layer, table]]))
  const stage = new Stage(lab.io, experiment, new ExperimentRouting(() => dealt))
  const metrics = await stage.observe(stage.schedulers[0]!, layer)
  return metrics!.latency!.value
}

/**
 * New ids of the active experts, in the same order, which placement round-robin deals to the dies. Theirs goes along the ring
 * instead of the rows; that matters to the moves of tokens alone, which the formula has.
 */
function dealtIds({ work }: Batch): Map<number, number> {
  return new Map(work.activeExperts.map((expert, i) => [expert, i] as const))
}

function homedExperts({ work, topology }: Batch): HomedExpert[] {
  const { dies, ring } = topology
  return work.activeExperts.map((expert, i) => ({
    die: ring[i % dies]!,
    tokensOnDie: Array.from({ length: dies }, (_, die) => tokensOn(work, expert, topology.rank[die]!)),
  }))
}

function tokensOn(work: LayerWork, expert: number, rank: number): number {
  const at = expert * work.dies + rank
  return work.pairStart[at + 1]! - work.pairStart[at]!
}

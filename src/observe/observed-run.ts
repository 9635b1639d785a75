// The first iteration of the first simulated layer once more, observed: load of dies and links, SRAM over time, waits.
import type { Experiment } from '../config/experiment/experiment.ts'
import { laneCount } from '../hardware/fabric.ts'
import { MemoryTiming } from '../hardware/memory.ts'
import type { Package } from '../hardware/package.ts'
import type { MemorySpec, TopologySpec } from '../hardware/spec.ts'
import type { Io } from '../io.ts'
import type { RunHooks } from '../run/run-many.ts'
import type { Iteration } from '../sim/iteration.ts'
import { type FillCurve, fillCurve } from './fill.ts'
import { type DieRecord, RunRecorder } from './recorder.ts'
import { openStage } from './stage.ts'
import { type UnitTimes, unitTimes } from './waits.ts'

interface DieLoad {
  /** What of the iteration the compute unit did, and what it waited for. */
  readonly times: UnitTimes
  /** Pairs of a token and an expert that were computed here; parts of one where an expert is cut into slices. */
  readonly pairs: number
  readonly readBytes: number
  readonly receivedBytes: number
  /** Of the die's memory channel; absent where it has none. */
  readonly channel?: ChannelLoad
  readonly fill: FillCurve
}

/** Weights that a memory channel read. */
export interface ChannelLoad {
  readonly bytes: number
  /** Share of what it could have read in the whole iteration. */
  readonly utilization: number
}

/** What one bandwidth carried: that of a directed link, or of both directions where they share it. */
export interface LaneLoad {
  /** Dies, or the switch of a crossbar, an id beyond the dies. */
  readonly from: number
  readonly to: number
  readonly bytes: number
  /** Share of what it could have carried in the whole iteration. */
  readonly utilization: number
}

export interface ObservedScheduler {
  readonly id: string
  readonly tokens: number
  readonly latencyPs: number
  readonly dies: readonly DieLoad[]
  readonly lanes: readonly LaneLoad[]
}

export interface ObservedRun {
  readonly seed: number
  readonly layer: number
  /** Counted from 0, and how many there are. */
  readonly iteration: number
  readonly iterations: number
  readonly phase: Iteration['phase']
  readonly tokens: number
  readonly topology: TopologySpec
  /** Both directions of a link share its bandwidth. */
  readonly hasSharedLinks: boolean
  /** SRAM of a die; Infinity where it is not limited. */
  readonly sramBytes: number
  readonly schedulers: readonly ObservedScheduler[]
  /** Ids of schedulers that cannot be observed, because their layers run interleaved. */
  readonly leftOut: readonly string[]
}

/** Points of the SRAM curve of a die, and of all curves together: what a page shows without delay. */
const MOST_POINTS = 300
const MOST_POINTS_IN_ALL = 6000
const LEAST_POINTS = 30

/** `schedulers` is empty where all of them read ahead. Throws UserError where the routing does not hold the work. */
export async function observeRun(
  io: Io,
  experiment: Experiment,
  hooks: Pick<RunHooks, 'onTraceRead' | 'onProgress'>,
): Promise<ObservedRun> {
  const stage = await openStage(io, experiment, hooks.onTraceRead)
  const { seed, leftOut, iterations } = stage
  const { topology } = stage.pkg
  const layer = stage.layers[0]!
  const { link, sramBytes } = experiment.hardware
  const lanes = laneCount(link, topology)
  const curves = Math.max(1, topology.dies * stage.schedulers.length)
  const points = Math.max(LEAST_POINTS, Math.min(MOST_POINTS, Math.floor(MOST_POINTS_IN_ALL / curves)))
  const schedulers: ObservedScheduler[] = []
  for (const scheduler of stage.schedulers) {
    const recorder = new RunRecorder(link, topology, lanes)
    await stage.observe(scheduler, layer, recorder, () => true)
    const { endPs, slices } = recorder
    schedulers.push({
      id: scheduler.id,
      tokens: firstOf(stage.iterationsOf(scheduler, layer)).iteration.rows.length,
      latencyPs: endPs,
      dies: recorder.dies.map((record, die) => ({
        ...dieLoad(record, endPs, slices, points),
        ...channelLoad(die, record, endPs, experiment.hardware.memory),
      })),
      lanes: laneLoads(recorder, stage.pkg),
    })
    await hooks.onProgress(schedulers.length, stage.schedulers.length, `a look at ${scheduler.id}`)
  }
  const { index, iteration } = firstOf(iterations)
  return {
    ...{ seed, layer, iteration: index, iterations: iterations.length },
    ...{ phase: iteration.phase, tokens: iteration.rows.length },
    topology: experiment.hardware.topology,
    hasSharedLinks: link.duplex === 'half',
    ...{ sramBytes, schedulers, leftOut },
  }
}

/** The first iteration in which there is anything to do: the one after which `hasSeenEnough` is asked. */
function firstOf(iterations: readonly Iteration[]): { index: number; iteration: Iteration } {
  const index = Math.max(
    0,
    iterations.findIndex(({ rows }) => rows.length > 0),
  )
  return { index, iteration: iterations[index]! }
}

function dieLoad(die: DieRecord, endPs: number, slices: number, points: number): DieLoad {
  const { jobTokens, readBytes, receivedBytes, fills } = die
  return {
    times: unitTimes(die, endPs),
    pairs: jobTokens / slices,
    ...{ readBytes, receivedBytes },
    fill: fillCurve(fills, endPs, points),
  }
}

function channelLoad(
  die: number,
  { channelBytes: bytes }: DieRecord,
  endPs: number,
  memory: MemorySpec,
): Pick<DieLoad, 'channel'> {
  if (!memory.channelDies.includes(die)) return {}
  return { channel: { bytes, utilization: bytes / (endPs * new MemoryTiming(memory).bestBytesPerPs) } }
}

function laneLoads(
  { laneBytes, endPs }: RunRecorder,
  { topology, hardware, payloadBytesPerPs }: Package,
): LaneLoad[] {
  const capacityBytes = endPs * payloadBytesPerPs
  return Array.from(laneBytes, (bytes, lane) => {
    const link = hardware.link.duplex === 'half' ? topology.edgeOfLink.indexOf(lane) : lane
    const { from, to } = topology.links[link]!
    return { from, to, bytes, utilization: bytes / (capacityBytes * topology.widthOfLink[link]!) }
  })
}

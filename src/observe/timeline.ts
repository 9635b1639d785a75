// Runs the schedulers of an experiment once more with an observer, layer by layer, for a timeline of what they do.
import type { Experiment, SchedulerChoice } from '../config/experiment/experiment.ts'
import type { Topology } from '../hardware/topology.ts'
import type { Io } from '../io.ts'
import type { RunHooks } from '../run/run-many.ts'
import type { Fill, Probe, Span } from '../sim/probe.ts'
import { openStage } from './stage.ts'
import type { TimelineWindow } from './window.ts'

/** What one scheduler did in one layer, within the window: in order of the ends of the spans. */
export interface ObservedLayer {
  readonly scheduler: string
  readonly layer: number
  /** The layers before it, which it follows at once: to be added to all times of its spans. */
  readonly offsetPs: number
  readonly spans: readonly Span[]
  /** What the SRAM of each die held as the window began, and every change within it: in order of time. */
  readonly fills: readonly Fill[]
}

export interface Observation {
  readonly topology: Topology
  /** Names of memories beyond those at the dies, the nearest first. */
  readonly tiers: readonly string[]
  /** Of one seed, the first. */
  readonly seed: number
  /** Ids of the schedulers that can be observed, and of those that cannot: their layers run interleaved. */
  readonly schedulers: readonly string[]
  readonly leftOut: readonly string[]
  /** Scheduler by scheduler, layer by layer, each simulated when it is asked for. */
  readonly layers: AsyncIterable<ObservedLayer>
  /** Ids of schedulers of which there was more within the window than was kept; complete when `layers` is. */
  readonly cutShort: ReadonlySet<string>
}

/**
 * Keeps spans in the order in which they end, until there are as many slices as are wanted: then, of those to come, the ones
 * that have begun, so that nothing is missing before that moment.
 */
class WindowRecorder implements Probe {
  readonly spans: Span[] = []
  private readonly changes: Fill[] = []
  /** By die: the last change before the window. */
  private readonly before = new Map<number, Fill>()
  /** How far the layer has come. */
  endPs = 0
  /** Slices kept. */
  used = 0
  isFull = false
  readonly fromPs: number
  toPs: number
  private readonly room: number
  private readonly sizeOf: (span: Span) => number

  /** `window` on the clock of the layer; `room`: most slices, of which a span makes `sizeOf`. */
  constructor({ fromPs, toPs }: TimelineWindow, room: number, sizeOf: (span: Span) => number) {
    this.fromPs = fromPs
    this.toPs = toPs
    this.room = room
    this.sizeOf = sizeOf
  }

  /** Whether no later span belongs here; asked when nothing is under way. */
  get isPast(): boolean {
    return this.endPs >= this.toPs
  }

  get fills(): readonly Fill[] {
    const { fromPs, before, changes } = this
    return [...[...before.values()].map((fill) => ({ ...fill, atPs: fromPs })), ...changes]
  }

  fill(fill: Fill): void {
    if (fill.atPs < this.fromPs) this.before.set(fill.die, fill)
    else if (fill.atPs < this.toPs) this.changes.push(fill)
  }

  span(span: Span): void {
    this.endPs = Math.max(this.endPs, span.endPs)
    if (span.endPs < this.fromPs || span.startPs >= this.toPs) return
    this.used += this.sizeOf(span)
    this.spans.push(span)
    if (this.isFull || this.used < this.room) return
    this.isFull = true
    this.toPs = Math.min(this.toPs, span.endPs)
  }
}

/**
 * `mostSlices`: so many are kept at most, shared equally by the schedulers; a message makes one on each link of its way.
 * Memory: one layer of one scheduler. Throws UserError where the routing does not hold the work.
 */
export async function observe(
  io: Io,
  experiment: Experiment,
  hooks: Pick<RunHooks, 'onTraceRead' | 'onProgress'>,
  window: TimelineWindow,
  mostSlices: number,
): Promise<Observation> {
  const stage = await openStage(io, experiment, hooks.onTraceRead)
  const { seed, layers, schedulers, leftOut } = stage
  const { topology } = stage.pkg
  const room = Math.floor(mostSlices / Math.max(1, schedulers.length))
  const sizeOf = ({ kind, die, peer }: Span) => (kind === 'send' ? topology.route(die, peer).links.length : 1)
  const cutShort = new Set<string>()
  const total = schedulers.length * layers.length
  let done = 0

  async function* layersOf(scheduler: SchedulerChoice): AsyncGenerator<ObservedLayer> {
    const { id } = scheduler
    let offsetPs = 0
    let left = room
    for (const layer of layers) {
      const ofLayer = { fromPs: window.fromPs - offsetPs, toPs: window.toPs - offsetPs }
      const recorder = new WindowRecorder(ofLayer, left, sizeOf)
      await stage.observe(scheduler, layer, recorder, () => recorder.isPast)
      const { spans, fills } = recorder
      yield { scheduler: id, layer, offsetPs, spans, fills }
      done++
      await hooks.onProgress(done, total, `timeline of ${id}`)
      if (recorder.isFull) cutShort.add(id)
      if (recorder.isPast) return
      left -= recorder.used
      offsetPs += recorder.endPs
    }
  }

  async function* all(): AsyncGenerator<ObservedLayer> {
    for (const scheduler of schedulers) yield* layersOf(scheduler)
  }

  return {
    topology,
    tiers: (stage.pkg.hardware.memory.tiers ?? []).map(({ name }) => name),
    seed,
    schedulers: schedulers.map(({ id }) => id),
    leftOut,
    layers: all(),
    cutShort,
  }
}

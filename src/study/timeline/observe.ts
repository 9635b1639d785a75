// Runs the schedulers of an experiment once more with an observer, layer by layer, for a timeline of what they do.
import type { Experiment, SchedulerChoice } from '../../config/experiment.ts'
import { buildTopology, type Topology } from '../../hardware/topology.ts'
import type { Io } from '../../io.ts'
import { type LayerSetting, simulateLayer } from '../../sim/layer.ts'
import type { Span } from '../../sim/probe.ts'
import { seatTokens } from '../../sim/simulate.ts'
import { deferralPlans } from '../buffering.ts'
import { readsAhead } from '../layer-row.ts'
import { selectLayers } from '../layers.ts'
import { openRouting } from '../routing.ts'
import type { RunHooks } from '../run.ts'
import { buildWorkload } from '../workload.ts'
import type { TimelineWindow } from './window.ts'

/** What one scheduler did in one layer, within the window: in order of the ends of the spans. */
export interface ObservedLayer {
  readonly scheduler: string
  readonly layer: number
  /** The layers before it, which it follows at once: to be added to all times of its spans. */
  readonly offsetPs: number
  readonly spans: readonly Span[]
  /** On the clock of the layer: every span that overlaps this is there. It ends where the cap was reached. */
  readonly complete: TimelineWindow
}

export interface Observation {
  readonly topology: Topology
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
class WindowRecorder {
  readonly spans: Span[] = []
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

/** Ends a simulation whose rest nobody will look at. */
class SeenEnough extends Error {}

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
  const { hardware, model, compat, endToEnd, seed } = experiment
  const source = (await openRouting(io, experiment, hooks.onTraceRead))(seed)
  const workload = buildWorkload(experiment.workload, compat, source)
  const layers = selectLayers(experiment.layers, source, seed)
  const topology = buildTopology(hardware.topology)
  const { iterations } = workload
  const restingDie = seatTokens(topology, iterations, workload.spread)
  const plans = deferralPlans(experiment, topology, workload, layers, source)
  const choices = experiment.schedulers.filter((choice) => !readsAhead(choice))
  const room = Math.floor(mostSlices / Math.max(1, choices.length))
  const sizeOf = ({ kind, die, peer }: Span) => (kind === 'send' ? topology.route(die, peer).links.length : 1)
  const cutShort = new Set<string>()
  const total = choices.length * layers.length
  let done = 0

  async function* layersOf({ id, scheduler, options }: SchedulerChoice): AsyncGenerator<ObservedLayer> {
    let offsetPs = 0
    let left = room
    for (const [place, layer] of layers.entries()) {
      const ofLayer = { fromPs: window.fromPs - offsetPs, toPs: window.toPs - offsetPs }
      const recorder = new WindowRecorder(ofLayer, left, sizeOf)
      const setting: LayerSetting = {
        ...{ hardware, topology, model, compat, endToEnd, iterations, restingDie, layer, routing: source },
      }
      const plan = plans.get(id)?.layers[place]
      try {
        await simulateLayer(setting, [{ scheduler, options, plan, probe: recorder }], async () => {
          if (recorder.isPast) throw new SeenEnough()
          await io.interruption.checkpoint()
        })
      } catch (error) {
        if (!(error instanceof SeenEnough)) throw error
      }
      const { spans, fromPs, toPs } = recorder
      yield { scheduler: id, layer, offsetPs, spans, complete: { fromPs, toPs } }
      done++
      await hooks.onProgress(done, total, `timeline of ${id}`)
      if (recorder.isFull) cutShort.add(id)
      if (recorder.isPast) return
      left -= recorder.used
      offsetPs += recorder.endPs
    }
  }

  async function* all(): AsyncGenerator<ObservedLayer> {
    for (const choice of choices) yield* layersOf(choice)
  }

  return {
    topology,
    seed,
    schedulers: choices.map(({ id }) => id),
    leftOut: experiment.schedulers.filter(readsAhead).map(({ id }) => id),
    layers: all(),
    cutShort,
  }
}

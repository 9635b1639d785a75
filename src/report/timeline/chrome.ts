// A timeline as Chrome trace events, which Perfetto and speedscope open: text, piece by piece.

import type { Observation, ObservedLayer } from '../../observe/timeline.ts'
import type { Fill } from '../../sim/probe.ts'
import { Lanes } from './lanes.ts'
import { type LinkLanes, linkLanes, slicesOf, UNITS } from './slices.ts'

const PIECE_CHARACTERS = 1 << 16
/** Sub-lanes of a lane at most; a die has fewer lanes than fit beside each other. */
const LANE_STRIDE = 100_000
const PS_PER_NS = 1000

/** Goes into the file, for whoever opens it without these sources. */
const LEGEND = {
  time: 'from the start of the first layer of each scheduler; layers follow one another without a gap',
  'memory channel': 'reads of weight slices, from the start of the access to its last byte',
  'prefetch unit': 'weight slices that have room on the die, until they are first computed with or leave',
  link: 'messages, on every link of their way, from when they are handed over to when they have arrived; numbered lanes hold what is under way at once',
  SRAM: 'bytes that have room on the die: weight slices, from when they are asked for, and tokens, those that rest there and copies',
}

/** How much there was, for whoever tells. */
export interface TimelineCount {
  slices: number
}

/**
 * The whole file as text. A process for each die under each scheduler, a thread for each lane. Times are whole nanoseconds:
 * the viewers' own resolution, so that rounding there makes no slices overlap. Adds to `count`.
 */
export async function* chromeEvents(observation: Observation, count: TimelineCount): AsyncGenerator<string> {
  const { topology, tiers, schedulers, seed } = observation
  const links = linkLanes(topology, tiers)
  let piece = `{"displayTimeUnit":"ns","otherData":${JSON.stringify({ seed, ...LEGEND })},"traceEvents":[`
  let separator = '\n'
  const write = (event: object) => {
    piece += `${separator}${JSON.stringify(event)}`
    separator = ',\n'
  }
  const dies = schedulers.flatMap((id, s) =>
    Array.from({ length: topology.dies }, (_, die) => {
      return { id, die, pid: s * topology.dies + die + 1 }
    }),
  )
  const tracks = new Map(
    dies.map(({ id, die, pid }) => [`${id} ${die}`, new DieTrack(pid, die, links, write)]),
  )
  for (const { id, die, pid } of dies) {
    write({ name: 'process_name', ph: 'M', pid, tid: 0, args: { name: `${id}: die ${die}` } })
    write({ name: 'process_sort_index', ph: 'M', pid, tid: 0, args: { sort_index: pid } })
    tracks.get(`${id} ${die}`)!.announce()
  }
  for await (const layer of observation.layers) {
    const trackOf = (die: number) => tracks.get(`${layer.scheduler} ${die}`)!
    for (const slice of slicesOf(layer.spans, topology, links)) {
      count.slices++
      trackOf(slice.die).slice(slice, layer)
      if (piece.length < PIECE_CHARACTERS) continue
      yield piece
      piece = ''
    }
    for (const fill of layer.fills) {
      trackOf(fill.die).fill(nsOf(layer, fill.atPs), fill)
      if (piece.length < PIECE_CHARACTERS) continue
      yield piece
      piece = ''
    }
  }
  for (const track of tracks.values()) track.flush()
  yield `${piece}\n]}\n`
}

const nsOf = ({ offsetPs }: ObservedLayer, ps: number) => Math.floor((offsetPs + ps) / PS_PER_NS)
/** What the format counts in. */
const microseconds = (ns: number) => ns / 1000

type Held = Pick<Fill, 'weightBytes' | 'tokenBytes'>

/** The lanes and the counter of one die. */
class DieTrack {
  private readonly pid: number
  private readonly names: readonly string[]
  private readonly lanes: readonly Lanes[]
  private readonly announced = new Set<number>()
  private readonly write: (event: object) => void
  private held: Held = { weightBytes: 0, tokenBytes: 0 }
  /** The moment of the last change, which is written when the next one comes: one value for each moment. */
  private changedNs = -1

  constructor(pid: number, die: number, links: LinkLanes, write: (event: object) => void) {
    this.pid = pid
    this.names = [...UNITS, ...links.names[die]!]
    this.lanes = this.names.map(() => new Lanes())
    this.write = write
  }

  announce(): void {
    this.names.forEach((_, lane) => {
      this.threadOf(lane, 0)
    })
  }

  slice(
    { lane, name, startPs, endPs, span }: ReturnType<typeof slicesOf>[number],
    layer: ObservedLayer,
  ): void {
    const { pid } = this
    const [startNs, endNs] = [nsOf(layer, startPs), nsOf(layer, endPs)]
    const tid = this.threadOf(lane, this.lanes[lane]!.take(startNs, endNs))
    const { tokens, bytes } = span
    const args = { layer: layer.layer, tokens, bytes }
    const [ts, dur] = [microseconds(startNs), microseconds(endNs - startNs)]
    this.write({ name, cat: span.kind, ph: 'X', ts, dur, pid, tid, args })
  }

  /** In order of time. */
  fill(atNs: number, held: Held): void {
    if (atNs !== this.changedNs) this.flush()
    this.changedNs = atNs
    this.held = held
  }

  flush(): void {
    if (this.changedNs < 0) return
    const { pid, held } = this
    const ts = microseconds(this.changedNs)
    // Viewers stack the values of a counter.
    const args = { weights: held.weightBytes, tokens: held.tokenBytes }
    this.write({ name: 'SRAM', ph: 'C', ts, pid, tid: 0, args })
    this.changedNs = -1
  }

  private threadOf(lane: number, sub: number): number {
    const tid = lane * LANE_STRIDE + sub + 1
    if (this.announced.has(tid)) return tid
    this.announced.add(tid)
    const { pid } = this
    const name = sub === 0 ? this.names[lane]! : `${this.names[lane]} #${sub + 1}`
    this.write({ name: 'thread_name', ph: 'M', pid, tid, args: { name } })
    this.write({ name: 'thread_sort_index', ph: 'M', pid, tid, args: { sort_index: tid } })
    return tid
  }
}

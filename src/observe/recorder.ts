// Adds up what happens on each die and link while one iteration runs: a probe that keeps times, not spans.
import { lanesOf } from '../hardware/fabric.ts'
import type { LinkSpec } from '../hardware/spec.ts'
import type { Topology } from '../hardware/topology.ts'
import type { Fill, Probe, Span } from '../sim/probe.ts'

/** Of one die. */
export interface DieRecord {
  /** Begin and end in turn: jobs of the compute unit, weights asked for until they are read and replicas being written, messages until they arrive. */
  readonly compute: number[]
  readonly memory: number[]
  readonly messages: number[]
  readonly fills: Fill[]
  /** Tokens of all jobs; a token counts once for each expert and slice that it is computed with. */
  jobTokens: number
  /** Weights that were read from memories for this die. */
  readBytes: number
  /** Weights that its memory channel read, for whichever die. */
  channelBytes: number
  /** What came over links: weights and tokens. */
  receivedBytes: number
}

export class RunRecorder implements Probe {
  readonly dies: readonly DieRecord[]
  /** Bytes by lane: a directed link, or an edge where both directions share it. */
  readonly laneBytes: Float64Array
  /** Slices that an expert is cut into. */
  slices = 1
  endPs = 0
  private readonly link: LinkSpec
  private readonly topology: Topology
  /** End of the read of a slice that a die still holds, by die, expert and slice. */
  private readonly readPs = new Map<string, number>()

  constructor(link: LinkSpec, topology: Topology, lanes: number) {
    this.link = link
    this.topology = topology
    this.laneBytes = new Float64Array(lanes)
    this.dies = Array.from({ length: topology.dies }, () => ({
      ...{ compute: [], memory: [], messages: [], fills: [] },
      ...{ jobTokens: 0, readBytes: 0, channelBytes: 0, receivedBytes: 0 },
    }))
  }

  span(span: Span): void {
    const { kind, die, peer, startPs, endPs, bytes } = span
    this.endPs = Math.max(this.endPs, endPs)
    this.slices = Math.max(this.slices, span.slice + 1)
    const at = this.dies[die]!
    switch (kind) {
      case 'compute':
        at.compute.push(startPs, endPs)
        at.jobTokens += span.tokens
        return
      case 'load':
        this.dies[peer]!.readBytes += bytes
        at.channelBytes += bytes
        this.readPs.set(keyOf(peer, span), endPs)
        return
      case 'write':
        at.memory.push(startPs, endPs)
        return
      case 'reserve':
        this.released(at, span)
        return
      case 'send':
        this.arrived(span)
        return
    }
  }

  fill(fill: Fill): void {
    this.endPs = Math.max(this.endPs, fill.atPs)
    this.dies[fill.die]!.fills.push(fill)
  }

  /** A slice has room from when it is asked for; where it came from a memory, its read ended in between. */
  private released(at: DieRecord, span: Span): void {
    const key = keyOf(span.die, span)
    const readPs = this.readPs.get(key)
    if (readPs === undefined) return
    at.memory.push(span.startPs, readPs)
    this.readPs.delete(key)
  }

  private arrived({ die, peer, startPs, endPs, bytes }: Span): void {
    const to = this.dies[peer]!
    to.messages.push(startPs, endPs)
    if (die !== peer) to.receivedBytes += bytes
    for (const lane of lanesOf(this.link, this.topology.route(die, peer))) {
      this.laneBytes[lane] = this.laneBytes[lane]! + bytes
    }
  }
}

const keyOf = (die: number, { expert, slice }: Span) => `${die}/${expert}/${slice}`

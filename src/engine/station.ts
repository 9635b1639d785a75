// What does one job at a time and lets the others wait: in order of arrival, or the more urgent first.
import { Fifo } from './fifo.ts'
import type { EventLoop } from './loop.ts'
import type { Rank } from './ranks.ts'
import { Server } from './server.ts'

/** A job at a station. */
export interface Turn {
  /** Goes before those that are not, where a station looks at it. */
  readonly isUrgent: boolean
  /**
   * How long it keeps the station. Where that depends on its start, asked when this is known; `isIdle`: whether the station had
   * nothing to do.
   */
  readonly occupiedPs: number | ((startPs: number, isIdle: boolean) => number)
  /** From when the station is free again to `onDone`. */
  readonly latencyPs: number
  /** Told once its start is known, which may lie ahead, and with it when the station will be free again. */
  readonly onStart?: ((startPs: number, freePs: number) => void) | undefined
  readonly onDone: () => void
}

function occupiedPs({ occupiedPs }: Turn, startPs: number, isIdle: boolean): number {
  return typeof occupiedPs === 'number' ? occupiedPs : occupiedPs(startPs, isIdle)
}

export interface Station {
  readonly isIdle: boolean
  /** When a turn taken now would start at the earliest. */
  readonly nextStartPs: number
  take(turn: Turn): void
}

/** First come, first served. */
export class FairStation implements Station {
  private readonly server: Server
  constructor(loop: EventLoop, rank: Rank) {
    this.server = new Server(loop, rank)
  }

  get isIdle(): boolean {
    return this.server.isIdle
  }

  get nextStartPs(): number {
    return this.server.nextStartPs
  }

  take(turn: Turn): void {
    const { server } = this
    const ps = occupiedPs(turn, server.nextStartPs, server.isIdle)
    const startPs = server.submit(ps, turn.latencyPs, turn.onDone)
    turn.onStart?.(startPs, startPs + ps)
  }
}

/** Urgent turns first, among equals in order of arrival; a turn that has begun is never cut short (forecasting sheet 3.3). */
export class UrgentFirstStation implements Station {
  private readonly loop: EventLoop
  private readonly rank: Rank
  private readonly urgent = new Fifo<Turn>()
  private readonly others = new Fifo<Turn>()
  private current: Turn | undefined
  private freeAtPs = 0
  private readonly endCurrent = () => this.end()

  constructor(loop: EventLoop, rank: Rank) {
    this.loop = loop
    this.rank = rank
  }

  get isIdle(): boolean {
    return this.current === undefined
  }

  get nextStartPs(): number {
    return Math.max(this.loop.nowPs, this.freeAtPs)
  }

  take(turn: Turn): void {
    if (this.current === undefined) this.start(turn, true)
    else if (turn.isUrgent) this.urgent.push(turn)
    else this.others.push(turn)
  }

  private start(turn: Turn, isIdle: boolean): void {
    const { loop, rank } = this
    this.current = turn
    this.freeAtPs = loop.nowPs + occupiedPs(turn, loop.nowPs, isIdle)
    turn.onStart?.(loop.nowPs, this.freeAtPs)
    loop.at(this.freeAtPs, rank, this.endCurrent)
  }

  private end(): void {
    const turn = this.current!
    this.current = undefined
    const next = this.urgent.shift() ?? this.others.shift()
    if (next !== undefined) this.start(next, false)
    if (turn.latencyPs === 0) turn.onDone()
    else this.loop.after(turn.latencyPs, this.rank, turn.onDone)
  }
}

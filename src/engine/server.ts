// A server that works on one job at a time, first come first served: compute units, memory channels, cache ports.
import type { EventLoop } from './loop.ts'
import type { Rank } from './ranks.ts'

export class Server {
  /** Time spent working, over all jobs so far. */
  busyPs = 0
  private freeAtPs = 0
  private readonly loop: EventLoop
  private readonly rank: Rank
  constructor(loop: EventLoop, rank: Rank) {
    this.loop = loop
    this.rank = rank
  }

  get isIdle(): boolean {
    return this.freeAtPs <= this.loop.nowPs
  }

  /** When a job submitted now would start. */
  get nextStartPs(): number {
    return Math.max(this.loop.nowPs, this.freeAtPs)
  }

  /** Past the moment `ps` it is still busy for so long, with what it has been given so far; in ps. */
  busyPastPs(ps: number): number {
    return Math.max(0, this.freeAtPs - ps)
  }

  /**
   * Queues a job that keeps the server for `occupiedPs`; `onDone` runs `latencyPs` after the server is free again.
   * Since jobs are served in order of arrival, the start is known at once; it is returned.
   */
  submit(occupiedPs: number, latencyPs: number, onDone: () => void): number {
    const startPs = this.nextStartPs
    this.freeAtPs = startPs + occupiedPs
    this.busyPs += occupiedPs
    this.loop.at(this.freeAtPs + latencyPs, this.rank, onDone)
    return startPs
  }
}

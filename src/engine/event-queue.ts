// The event queue: events leave ordered by (time, rank, order of insertion), whatever the order they came in.

/**
 * Pending events of a simulation. An event is a time in ps, a rank (see ranks.ts) and an integer payload.
 * `pop` moves the first event into `timePs`, `rank` and `payload`, so that nothing is allocated per event.
 */
export interface EventQueue {
  readonly size: number
  readonly timePs: number
  readonly rank: number
  readonly payload: number
  push(timePs: number, rank: number, payload: number): void
  /** false where the queue is empty. */
  pop(): boolean
}

// Rank and insertion order share one double: rank * 2^45 + order. 2^45 events are years of simulation.
const RANK_STEP = 2 ** 45

/** Binary heap over typed columns. */
export class HeapEventQueue implements EventQueue {
  size = 0
  timePs = 0
  payload = 0
  private key = 0
  private inserted = 0
  private times = new Float64Array(1024)
  private keys = new Float64Array(1024)
  private payloads = new Int32Array(1024)

  get rank(): number {
    return Math.floor(this.key / RANK_STEP)
  }

  push(timePs: number, rank: number, payload: number): void {
    if (this.size === this.times.length) this.grow()
    const { times, keys, payloads } = this
    const key = rank * RANK_STEP + this.inserted++
    let hole = this.size++
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      const parentTime = times[parent]!
      if (parentTime < timePs || (parentTime === timePs && keys[parent]! < key)) break
      times[hole] = parentTime
      keys[hole] = keys[parent]!
      payloads[hole] = payloads[parent]!
      hole = parent
    }
    times[hole] = timePs
    keys[hole] = key
    payloads[hole] = payload
  }

  pop(): boolean {
    if (this.size === 0) return false
    const { times, keys, payloads } = this
    this.timePs = times[0]!
    this.key = keys[0]!
    this.payload = payloads[0]!
    const last = --this.size
    const timePs = times[last]!
    const key = keys[last]!
    let hole = 0
    for (let child = 1; child < last; child = 2 * hole + 1) {
      const right = child + 1
      if (
        right < last &&
        (times[right]! < times[child]! || (times[right] === times[child] && keys[right]! < keys[child]!))
      ) {
        child = right
      }
      const childTime = times[child]!
      if (timePs < childTime || (timePs === childTime && key < keys[child]!)) break
      times[hole] = childTime
      keys[hole] = keys[child]!
      payloads[hole] = payloads[child]!
      hole = child
    }
    times[hole] = timePs
    keys[hole] = key
    payloads[hole] = payloads[last]!
    return true
  }

  private grow(): void {
    const larger = <T extends Float64Array | Int32Array>(from: T, to: T): T => {
      to.set(from)
      return to
    }
    const capacity = 2 * this.times.length
    this.times = larger(this.times, new Float64Array(capacity))
    this.keys = larger(this.keys, new Float64Array(capacity))
    this.payloads = larger(this.payloads, new Int32Array(capacity))
  }
}

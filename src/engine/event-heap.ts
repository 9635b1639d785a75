// A binary heap of events in typed columns, ordered by time and, of equal times, by a key.

export class EventHeap {
  size = 0
  private times = new Float64Array(256)
  private keys = new Float64Array(256)
  private payloads = new Int32Array(256)

  /** Of the first event; there has to be one. */
  get timePs(): number {
    return this.times[0]!
  }

  get key(): number {
    return this.keys[0]!
  }

  get payload(): number {
    return this.payloads[0]!
  }

  push(timePs: number, key: number, payload: number): void {
    if (this.size === this.times.length) this.grow()
    const { times, keys, payloads } = this
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

  /** Takes the first event out; there has to be one. */
  shift(): void {
    const { times, keys, payloads } = this
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
  }

  private grow(): void {
    const capacity = 2 * this.times.length
    this.times = grown(this.times, new Float64Array(capacity))
    this.keys = grown(this.keys, new Float64Array(capacity))
    this.payloads = grown(this.payloads, new Int32Array(capacity))
  }
}

/** A longer column that begins with what a shorter one holds. */
export function grown<T extends Float64Array | Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from)
  return to
}

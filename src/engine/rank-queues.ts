// Events of one time, in order of arrival by rank: what happens next is found without sorting anything.

interface Line {
  readonly payloads: number[]
  from: number
  to: number
}

/** Ranks are whole numbers from 0 to 30. */
export class RankQueues {
  size = 0
  /** Of all events in them. */
  timePs = 0
  private readonly lines: Line[] = []
  /** A bit for each rank that has any. */
  private used = 0

  /** The least rank that has any; there has to be one. */
  get rank(): number {
    return 31 - Math.clz32(this.used & -this.used)
  }

  push(timePs: number, rank: number, payload: number): void {
    while (rank >= this.lines.length) this.lines.push({ payloads: [], from: 0, to: 0 })
    const line = this.lines[rank]!
    line.payloads[line.to++] = payload
    this.used |= 1 << rank
    this.timePs = timePs
    this.size++
  }

  /** Takes the first of that rank. */
  shift(rank: number): number {
    const line = this.lines[rank]!
    const payload = line.payloads[line.from++]!
    this.size--
    if (line.from === line.to) {
      line.from = 0
      line.to = 0
      this.used &= ~(1 << rank)
    }
    return payload
  }
}

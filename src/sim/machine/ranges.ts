// A set of whole numbers that come in ranges.

/** Half-open ranges, each added once. */
export class Ranges {
  /** First and end of each range in turn, ascending; what is added beside a range makes that longer. */
  private readonly ends: number[]

  /** Begins with [from, to) where that is not empty. */
  constructor(from = 0, to = 0) {
    this.ends = from < to ? [from, to] : []
  }

  /** Adds [from, to), which is not empty. Where a number of it is there already, returns that number and adds nothing. */
  add(from: number, to: number): number | undefined {
    const { ends } = this
    // Ranges mostly come in order: looked for from the end.
    let at = ends.length
    while (at > 0 && ends[at - 2]! >= to) at -= 2
    if (at > 0 && ends[at - 1]! > from) return Math.max(from, ends[at - 2]!)
    const touchesBefore = at > 0 && ends[at - 1] === from
    const touchesAfter = at < ends.length && ends[at] === to
    if (touchesBefore) ends[at - 1] = to
    else if (touchesAfter) ends[at] = from
    else if (at === ends.length) ends.push(from, to)
    else ends.splice(at, 0, from, to)
    return undefined
  }

  has(number: number): boolean {
    return this.endAfter(number) !== undefined
  }

  /** The least of the set; undefined where it is empty. */
  get first(): number | undefined {
    return this.ends[0]
  }

  /** One past the last of the numbers that follow `number` without a gap; undefined where itself is not in the set. */
  endAfter(number: number): number | undefined {
    const at = this.endsUpTo(number)
    return at % 2 === 1 ? this.ends[at] : undefined
  }

  /** The first number of the set after `number`, which is not in it; `limit` where that is less. */
  startAfter(number: number, limit: number): number {
    return Math.min(limit, this.ends[this.endsUpTo(number)] ?? limit)
  }

  /** Takes what there is of [from, to) out of the set. Returns it, as ranges in ascending order. */
  take(from: number, to: number): { from: number; to: number }[] {
    const { ends } = this
    const first = this.endsUpTo(from)
    const taken: { from: number; to: number }[] = []
    const left: number[] = []
    let at = first - (first % 2)
    const start = at
    for (; at < ends.length && ends[at]! < to; at += 2) {
      const low = ends[at]!
      const high = ends[at + 1]!
      if (low < from) left.push(low, from)
      taken.push({ from: Math.max(low, from), to: Math.min(high, to) })
      if (high > to) left.push(to, high)
    }
    ends.splice(start, at - start, ...left)
    return taken
  }

  /** How many of the ends are at most `number`: odd where it is in the set. */
  private endsUpTo(number: number): number {
    let low = 0
    let beyond = this.ends.length
    while (low < beyond) {
      const middle = (low + beyond) >> 1
      if (this.ends[middle]! <= number) low = middle + 1
      else beyond = middle
    }
    return low
  }
}

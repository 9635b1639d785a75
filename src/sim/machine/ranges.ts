// A set of whole numbers that come in ranges.

/** Half-open ranges, each added once. */
export class Ranges {
  /** First and end of each range in turn, ascending; what is added beside a range makes that longer. */
  private readonly ends: number[] = []

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
    return this.ends.filter((end) => end <= number).length % 2 === 1
  }
}

// The order of files in a directory trace: as people count, the same on every machine.

/** Compares names by runs: digits as numbers (2 before 10), the rest by character code. */
export function compareNatural(a: string, b: string): number {
  const left = a.match(/\d+|\D+/g) ?? []
  const right = b.match(/\d+|\D+/g) ?? []
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = compareRuns(left[i]!, right[i]!)
    if (order !== 0) return order
  }
  // Equal up to leading zeros or the shorter one's end.
  return left.length - right.length || compareCodes(a, b)
}

function compareRuns(a: string, b: string): number {
  if (!/^\d/.test(a) || !/^\d/.test(b)) return compareCodes(a, b)
  // Without leading zeros the longer number is the greater one, whatever its size.
  const x = a.replace(/^0+/, '')
  const y = b.replace(/^0+/, '')
  return x.length - y.length || compareCodes(x, y)
}

function compareCodes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

// The most pairs that so much of the experts' weights can serve: a concave function, by a few of its tangents.

/** value <= intercept + slope * amount. */
export interface Tangent {
  readonly intercept: number
  readonly slope: number
}

/** Breaks of the function, as shares of all that can be filled, at which it is touched. */
const TOUCHED = [0, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 3 / 4]

/**
 * Of a knapsack that takes items in parts, the most valuable first: `base` and, for `amount` of all items together, their values.
 * `room`: how much of each item there is. The tangents lie above the function everywhere, and the last one is its largest value.
 */
export function fillTangents(base: number, values: ArrayLike<number>, room: ArrayLike<number>): Tangent[] {
  const order = Array.from({ length: values.length }, (_, i) => i).sort(
    (a, b) => values[b]! - values[a]! || a - b,
  )
  const total = order.reduce((sum, i) => sum + room[i]!, 0)
  const tangents: Tangent[] = []
  let [amount, value, next] = [0, base, 0]
  for (const i of order) {
    // The item whose filling begins at this amount, or before it: its value is the slope from here on.
    if (next < TOUCHED.length && amount >= TOUCHED[next]! * total && room[i]! > 0) {
      tangents.push({ intercept: value - values[i]! * amount, slope: values[i]! })
      while (next < TOUCHED.length && amount >= TOUCHED[next]! * total) next++
    }
    amount += room[i]!
    value += values[i]! * room[i]!
  }
  return [...tangents, { intercept: value, slope: 0 }]
}

// A grid of three dimensions, with or without wrap-around links.
import { type Layout, onePerLink } from './layouts.ts'

/** Die id = (z * rows + y) * columns + x; routes go along x first, then y, then z, around where that is shorter. */
export function cubeLayout(columns: number, rows: number, layers: number, wraps: boolean): Layout {
  const sizes = [columns, rows, layers] as const
  const strides = [1, columns, columns * rows] as const
  const dies = columns * rows * layers
  const at = (die: number, axis: number) => Math.floor(die / strides[axis]!) % sizes[axis]!
  // A wrap needs at least three dies, or it would double a link.
  const mayWrap = (axis: number) => wraps && sizes[axis]! > 2
  const links: { from: number; to: number }[] = []
  const linkAt = new Map<number, number>()
  for (let die = 0; die < dies; die++) {
    for (let axis = 0; axis < 3; axis++) {
      for (const step of [1, -1]) {
        const next = at(die, axis) + step
        const isInside = next >= 0 && next < sizes[axis]!
        if (!isInside && !mayWrap(axis)) continue
        const place = (next + sizes[axis]!) % sizes[axis]!
        linkAt.set(keyOf(die, axis, step), links.length)
        links.push({ from: die, to: die + (place - at(die, axis)) * strides[axis]! })
      }
    }
  }
  /** Steps along an axis, with their direction; of equal ways forwards. */
  const steps = (from: number, to: number, axis: number): number => {
    const direct = at(to, axis) - at(from, axis)
    if (!mayWrap(axis)) return direct
    const size = sizes[axis]!
    const forward = (direct + size) % size
    return forward <= size - forward ? forward : forward - size
  }
  const path = (from: number, to: number) => {
    const result: number[] = []
    let die = from
    for (let axis = 0; axis < 3; axis++) {
      const count = steps(from, to, axis)
      for (let i = 0; i < Math.abs(count); i++) {
        const link = linkAt.get(keyOf(die, axis, Math.sign(count)))!
        result.push(link)
        die = links[link]!.to
      }
    }
    return result
  }
  const halves = sizes.flatMap((size, axis) =>
    size > 1 ? [(die: number) => at(die, axis) < Math.floor(size / 2)] : [],
  )
  const order = Int32Array.from({ length: dies }, (_, die) => die)
  return { dies, links, order, ring: snake(columns, rows, layers), halves, path, hopsOf: onePerLink }
}

function keyOf(die: number, axis: number, step: number): number {
  return die * 6 + axis * 2 + (step > 0 ? 0 : 1)
}

/** To and fro through rows, to and fro through layers: every die is next to the one before. */
function snake(columns: number, rows: number, layers: number): Int32Array {
  const tour: number[] = []
  for (let z = 0; z < layers; z++) {
    for (let i = 0; i < rows; i++) {
      const y = z % 2 === 0 ? i : rows - 1 - i
      for (let j = 0; j < columns; j++) {
        const x = (z * rows + i) % 2 === 0 ? j : columns - 1 - j
        tour.push((z * rows + y) * columns + x)
      }
    }
  }
  return Int32Array.from(tour)
}

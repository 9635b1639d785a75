// Nelder and Mead's simplex search: the least of a function of few numbers, without derivatives, the same on every machine.

interface Vertex {
  readonly at: readonly number[]
  readonly value: number
}

/** Edge of the first simplex: parameters are logarithms, so that this is a tenth. */
const FIRST_STEP = 0.1

/** Where `f` is least near `start`. Ends when the simplex is smaller than `tolerance` in every direction. */
export function minimize(
  f: (at: readonly number[]) => number,
  start: readonly number[],
  tolerance: number,
  mostSteps: number,
): Vertex {
  const vertex = (at: readonly number[]): Vertex => ({ at, value: f(at) })
  let simplex = [
    vertex(start),
    ...start.map((_, axis) => vertex(start.map((x, i) => (i === axis ? x + FIRST_STEP : x)))),
  ]
  for (let step = 0; step < mostSteps; step++) {
    simplex = simplex.toSorted((a, b) => a.value - b.value)
    if (isSmall(simplex, tolerance)) break
    simplex = next(simplex, vertex)
  }
  return simplex.toSorted((a, b) => a.value - b.value)[0]!
}

/** One step from a simplex in order: the worst vertex is reflected, stretched or drawn in, or all are drawn in. */
function next(simplex: readonly Vertex[], vertex: (at: readonly number[]) => Vertex): Vertex[] {
  const worst = simplex.at(-1)!
  const kept = simplex.slice(0, -1)
  const best = kept[0]!
  const centre = best.at.map((_, i) => kept.reduce((sum, { at }) => sum + at[i]!, 0) / kept.length)
  const along = (factor: number) => vertex(centre.map((c, i) => c + factor * (c - worst.at[i]!)))
  const reflected = along(1)
  if (reflected.value < best.value) {
    const stretched = along(2)
    return [...kept, stretched.value < reflected.value ? stretched : reflected]
  }
  if (reflected.value < kept.at(-1)!.value) return [...kept, reflected]
  const drawnIn = along(reflected.value < worst.value ? 0.5 : -0.5)
  if (drawnIn.value < Math.min(reflected.value, worst.value)) return [...kept, drawnIn]
  return [best, ...simplex.slice(1).map(({ at }) => vertex(at.map((x, i) => (x + best.at[i]!) / 2)))]
}

function isSmall(simplex: readonly Vertex[], tolerance: number): boolean {
  const best = simplex[0]!
  return simplex.every(({ at }) => at.every((x, i) => Math.abs(x - best.at[i]!) <= tolerance))
}

// How each topology is laid out: links, paths, die order, a tour of neighbours, halves.

interface Link {
  /** A die, or the switch of a crossbar (an id beyond the dies). */
  readonly from: number
  readonly to: number
}

export interface Layout {
  readonly dies: number
  /** Directed links; parallel links between two ends stand as often as they exist. */
  readonly links: readonly Link[]
  readonly order: Int32Array
  readonly ring: Int32Array
  /** Halves of the package whose border is a bisection. */
  readonly halves: readonly ((die: number) => boolean)[]
  /** Links from one die to another. */
  path(from: number, to: number): number[]
  /** Hops that a path counts as. */
  hopsOf(path: ArrayLike<number>): number
  /** Bandwidth of each link, as a multiple of the package's link; absent: all 1. */
  readonly widths?: readonly number[] | undefined
  /** Dies that a switch (an end beyond the dies) joins, where all others reach them some other way; absent: it joins all. */
  diesOfSwitch?(end: number): readonly number[] | undefined
  /** Whether a link leaves or enters a node; absent: there is one node. */
  isOuter?(link: number): boolean
}

const natural = (count: number) => Int32Array.from({ length: count }, (_, i) => i)
export const onePerLink = (path: ArrayLike<number>) => path.length

/** Grid of `columns` x `rows` dies, die id = y * columns + x; x-first routes. */
export function gridLayout(
  columns: number,
  rows: number,
  wraps: boolean,
  numbering: 'row-major' | 'column-major',
): Layout {
  const dies = columns * rows
  const links: Link[] = []
  const linkAt = new Map<number, number>()
  const connect = (from: number, to: number, direction: number) => {
    linkAt.set(from * 4 + direction, links.length)
    links.push({ from, to })
  }
  // Directions: 0 = +x, 1 = -x, 2 = +y, 3 = -y. A wrap needs at least three dies, or it would double a link.
  const wrapsX = wraps && columns > 2
  const wrapsY = wraps && rows > 2
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const die = y * columns + x
      if (x + 1 < columns || wrapsX) connect(die, y * columns + ((x + 1) % columns), 0)
      if (x > 0 || wrapsX) connect(die, y * columns + ((x - 1 + columns) % columns), 1)
      if (y + 1 < rows || wrapsY) connect(die, ((y + 1) % rows) * columns + x, 2)
      if (y > 0 || wrapsY) connect(die, ((y - 1 + rows) % rows) * columns + x, 3)
    }
  }
  const steps = (from: number, to: number, size: number, mayWrap: boolean): number => {
    const direct = to - from
    if (!mayWrap) return direct
    const forward = (direct + size) % size
    return forward <= size - forward ? forward : forward - size
  }
  const path = (from: number, to: number) => {
    const result: number[] = []
    let die = from
    const go = (count: number, plus: number, minus: number) => {
      for (let i = 0; i < Math.abs(count); i++) {
        const link = linkAt.get(die * 4 + (count > 0 ? plus : minus))!
        result.push(link)
        die = links[link]!.to
      }
    }
    go(steps(from % columns, to % columns, columns, wrapsX), 0, 1)
    go(steps(Math.floor(from / columns), Math.floor(to / columns), rows, wrapsY), 2, 3)
    return result
  }
  const order =
    numbering === 'row-major'
      ? natural(dies)
      : Int32Array.from({ length: dies }, (_, i) => (i % rows) * columns + Math.floor(i / rows))
  const halves: ((die: number) => boolean)[] = []
  if (columns > 1) halves.push((die) => die % columns < Math.floor(columns / 2))
  if (rows > 1) halves.push((die) => Math.floor(die / columns) < Math.floor(rows / 2))
  return { dies, links, order, ring: spiral(columns, rows), halves, path, hopsOf: onePerLink }
}

/** Clockwise spiral inward from die 0 (the ring order of the FSE-DP reference). */
function spiral(columns: number, rows: number): Int32Array {
  const tour: number[] = []
  let [left, right, top, bottom] = [0, columns - 1, 0, rows - 1]
  while (left <= right && top <= bottom) {
    for (let x = left; x <= right; x++) tour.push(top * columns + x)
    for (let y = top + 1; y <= bottom; y++) tour.push(y * columns + right)
    if (top < bottom) for (let x = right - 1; x >= left; x--) tour.push(bottom * columns + x)
    if (left < right) for (let y = bottom - 1; y > top; y--) tour.push(y * columns + left)
    left++
    right--
    top++
    bottom--
  }
  return Int32Array.from(tour)
}

export function ringLayout(dies: number): Layout {
  return customLayout(dies, ringEdges(natural(dies)), natural(dies))
}

/** Each to the next, and the last to the first where that is no second link between two. */
function ringEdges(dies: ArrayLike<number>): [number, number][] {
  const edges: [number, number][] = []
  for (let i = 0; i + 1 < dies.length; i++) edges.push([dies[i]!, dies[i + 1]!])
  if (dies.length > 2) edges.push([dies[dies.length - 1]!, dies[0]!])
  return edges
}

/** Crossbar: link d carries what die d sends, link dies + d what it receives; a path of two links is one hop. */
export function starLayout(dies: number): Layout {
  const hub = dies
  const up = Array.from({ length: dies }, (_, die) => ({ from: die, to: hub }))
  const down = Array.from({ length: dies }, (_, die) => ({ from: hub, to: die }))
  return {
    dies,
    links: [...up, ...down],
    order: natural(dies),
    ring: natural(dies),
    halves: [(die) => die < Math.floor(dies / 2)],
    path: (from, to) => [from, dies + to],
    hopsOf: (path) => path.length / 2,
  }
}

/** Undirected edges between dies; breadth-first shortest paths, lower ids first. `ring`: the tour, where one is known. */
export function customLayout(
  dies: number,
  edges: readonly (readonly [number, number])[],
  ring?: Int32Array,
  widths?: readonly number[],
): Layout {
  const links: Link[] = edges.flatMap(([a, b]) => [
    { from: a, to: b },
    { from: b, to: a },
  ])
  const out: number[][] = Array.from({ length: dies }, () => [])
  links.forEach(({ from }, link) => {
    out[from]!.push(link)
  })
  for (const list of out) list.sort((a, b) => links[a]!.to - links[b]!.to)

  const arrivalFrom = (from: number): Int32Array => {
    const arrivedBy = new Int32Array(dies).fill(-1)
    const frontier = [from]
    for (const die of frontier) {
      for (const link of out[die]!) {
        const to = links[link]!.to
        if (to === from || arrivedBy[to] !== -1) continue
        arrivedBy[to] = link
        frontier.push(to)
      }
    }
    return arrivedBy
  }
  const arrivals = new Map<number, Int32Array>()
  const path = (from: number, to: number) => {
    let arrivedBy = arrivals.get(from)
    if (arrivedBy === undefined) {
      arrivedBy = arrivalFrom(from)
      arrivals.set(from, arrivedBy)
    }
    const result: number[] = []
    for (let die = to; die !== from; die = links[result[0]!]!.from) result.unshift(arrivedBy[die]!)
    return result
  }
  const half = Math.floor(dies / 2)
  return {
    dies,
    links,
    order: natural(dies),
    ring: ring ?? nearestNeighbourTour(dies, path),
    halves: [(die) => die < half],
    path,
    hopsOf: onePerLink,
    // An edge is two links, one each way.
    widths: widths?.flatMap((width) => [width, width]),
  }
}

/** Rings whose first dies form a ring: within a ring the shorter way, to another ring over its first die. */
export function ringOfRingsLayout(rings: number, diesPerRing: number): Layout {
  const local = Array.from({ length: rings }, (_, ring) =>
    ringEdges(Array.from({ length: diesPerRing }, (_, i) => ring * diesPerRing + i)),
  )
  const around = ringEdges(Array.from({ length: rings }, (_, ring) => ring * diesPerRing))
  return customLayout(rings * diesPerRing, [...local.flat(), ...around], natural(rings * diesPerRing))
}

/** From die 0 always on to the nearest die not yet visited, the lowest id of equals. */
function nearestNeighbourTour(dies: number, path: Layout['path']): Int32Array {
  const left = new Set(Array.from({ length: dies - 1 }, (_, i) => i + 1))
  const tour = [0]
  while (left.size > 0) {
    const here = tour.at(-1)!
    let best = -1
    let bestHops = Infinity
    for (const die of left) {
      const hops = path(here, die).length
      if (hops < bestHops) {
        best = die
        bestHops = hops
      }
    }
    tour.push(best)
    left.delete(best)
  }
  return Int32Array.from(tour)
}

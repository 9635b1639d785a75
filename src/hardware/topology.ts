// Package topologies: which links there are, which way a message goes, and where to cut the package in two.
import { invariant } from '../errors.ts'
import { cubeLayout } from './layouts/cube.ts'
import {
  customLayout,
  gridLayout,
  type Layout,
  ringLayout,
  ringOfRingsLayout,
  starLayout,
} from './layouts/layouts.ts'
import { nodesLayout } from './layouts/nodes.ts'
import type { TopologySpec } from './spec.ts'

export interface Route {
  readonly from: number
  readonly to: number
  /** Directed links, in the order the message crosses them; empty from a die to itself. */
  readonly links: Int32Array
  /** The undirected edge of each of these links. */
  readonly edges: Int32Array
  /** Die-to-die hops: what latency and byte-hops are counted in. */
  readonly hops: number
  /** Those of them that lead from node to node. */
  readonly outerHops: number
  /** Of its narrowest link, see widthOfLink; Infinity from a die to itself. */
  readonly width: number
}

/** A set of dies, to ask what must cross its border. */
export interface Cut {
  readonly kind: 'link' | 'bisection'
  readonly diesInside: readonly number[]
  /** Links that cross its border, a wider one counting as so many. */
  readonly linksIn: number
  readonly linksOut: number
}

export const topologies: Readonly<Record<TopologySpec['kind'], string>> = {
  mesh: 'columns x rows grid, messages go along x first, then y',
  torus: 'grid with wrap-around links, the shorter way round, x first',
  ring: 'each die linked to the next, the last to the first; the shorter way round',
  'mesh-3d': 'columns x rows x layers grid, messages go along x first, then y, then z',
  'torus-3d': 'the same with wrap-around links, the shorter way round',
  'ring-of-rings': 'rings whose first dies form a ring',
  crossbar: 'every die one hop from every other, through its own port in and out',
  custom: 'any adjacency; shortest path, lower-ranked neighbours first',
  nodes: 'dies in nodes, and a switch between nodes that every die reaches by a way of its own',
}

/** Works its edges out when they are asked for, since most packages never do: there is a route for every pair of dies. */
class KeptRoute implements Route {
  readonly from: number
  readonly to: number
  readonly links: Int32Array
  readonly hops: number
  readonly outerHops: number
  readonly width: number
  private readonly edgeOfLink: Int32Array
  private keptEdges: Int32Array | undefined

  constructor({ from, to, links, hops, outerHops, width }: Omit<Route, 'edges'>, edgeOfLink: Int32Array) {
    this.from = from
    this.to = to
    this.links = links
    this.hops = hops
    this.outerHops = outerHops
    this.width = width
    this.edgeOfLink = edgeOfLink
  }

  get edges(): Int32Array {
    this.keptEdges ??= this.links.map((link) => this.edgeOfLink[link]!)
    return this.keptEdges
  }
}

/** A package's links and routes. Built once per hardware; routes are worked out when first asked for. */
export class Topology {
  readonly dies: number
  readonly linkCount: number
  /** Undirected edge of each directed link: what a half-duplex link shares. */
  readonly edgeOfLink: Int32Array
  readonly edgeCount: number
  /** Bandwidth of each directed link, as a multiple of the package's link. */
  readonly widthOfLink: Float64Array
  /** Dies in the order in which experts and tokens are dealt out and ties are broken. */
  readonly order: Int32Array
  /** Place of each die in `order`. */
  readonly rank: Int32Array
  /** All dies as one tour of near neighbours: the order of FSE-DP trajectories. */
  readonly ring: Int32Array
  readonly cuts: readonly Cut[]
  private readonly layout: Layout
  private readonly routes = new Map<number, Route>()
  /** One more than the hops to each die, by die of origin; 0: not asked for yet. Far smaller than routes. */
  private readonly hopsFrom: (Uint16Array | undefined)[] = []
  private readonly neighbourLists = new Map<number, readonly number[]>()

  constructor(layout: Layout) {
    this.layout = layout
    this.dies = layout.dies
    this.linkCount = layout.links.length
    this.edgeOfLink = new Int32Array(this.linkCount)
    this.edgeCount = numberEdges(layout.links, this.edgeOfLink)
    this.widthOfLink = Float64Array.from(layout.links, (_, link) => layout.widths?.[link] ?? 1)
    this.order = layout.order
    this.rank = new Int32Array(this.dies)
    this.order.forEach((die, place) => {
      this.rank[die] = place
    })
    this.ring = layout.ring
    this.cuts = makeCuts(layout)
  }

  /** The ends of each directed link: dies, or the switch of a crossbar, an id beyond the dies. */
  get links(): Layout['links'] {
    return this.layout.links
  }

  route(from: number, to: number): Route {
    const key = from * this.dies + to
    let route = this.routes.get(key)
    if (route === undefined) {
      const links = Int32Array.from(from === to ? [] : this.layout.path(from, to))
      const hops = this.layout.hopsOf(links)
      const isOuter = links.length > 0 && this.layout.isOuter?.(links[0]!) === true
      const width = links.reduce((least, link) => Math.min(least, this.widthOfLink[link]!), Infinity)
      const ends = { from, to, links, hops, outerHops: isOuter ? hops : 0, width }
      route = new KeptRoute(ends, this.edgeOfLink)
      this.routes.set(key, route)
    }
    return route
  }

  hops(from: number, to: number): number {
    if (from === to) return 0
    let known = this.hopsFrom[from]
    if (known === undefined) {
      known = new Uint16Array(this.dies)
      this.hopsFrom[from] = known
    }
    if (known[to] === 0) known[to] = 1 + this.layout.hopsOf(this.layout.path(from, to))
    return known[to]! - 1
  }

  /** Dies one hop away, in rank order. */
  neighbours(die: number): readonly number[] {
    let list = this.neighbourLists.get(die)
    if (list === undefined) {
      list = [...this.order].filter((other) => other !== die && this.hops(die, other) === 1)
      this.neighbourLists.set(die, list)
    }
    return list
  }

  /** The candidate with the fewest hops to `die`, the lowest-ranked of equals. */
  nearest(die: number, candidates: Iterable<number>): number {
    let best = -1
    let bestHops = Infinity
    for (const candidate of candidates) {
      const hops = this.hops(candidate, die)
      if (hops < bestHops || (hops === bestHops && this.rank[candidate]! < this.rank[best]!)) {
        best = candidate
        bestHops = hops
      }
    }
    invariant(best >= 0, 'nearest needs at least one candidate')
    return best
  }
}

export function buildTopology(spec: TopologySpec): Topology {
  return new Topology(layoutOf(spec))
}

function layoutOf(spec: TopologySpec): Layout {
  switch (spec.kind) {
    case 'mesh':
    case 'torus':
      return gridLayout(spec.columns, spec.rows, spec.kind === 'torus', spec.numbering)
    case 'mesh-3d':
    case 'torus-3d':
      return cubeLayout(spec.columns, spec.rows, spec.layers, spec.kind === 'torus-3d')
    case 'ring':
      return ringLayout(spec.dies)
    case 'ring-of-rings':
      return ringOfRingsLayout(spec.rings, spec.diesPerRing)
    case 'crossbar':
      return starLayout(spec.dies)
    case 'custom':
      return customLayout(spec.dies, spec.links, undefined, spec.widths)
    case 'nodes':
      return nodesLayout(spec.count, layoutOf(spec.node), spec.width)
  }
}

function numberEdges(links: Layout['links'], edgeOfLink: Int32Array): number {
  const edges = new Map<string, number>()
  links.forEach(({ from, to }, link) => {
    const key = `${Math.min(from, to)}-${Math.max(from, to)}`
    if (!edges.has(key)) edges.set(key, edges.size)
    edgeOfLink[link] = edges.get(key)!
  })
  return edges.size
}

function makeCuts(layout: Layout): Cut[] {
  const ends = layout.links.reduce((most, { from, to }) => Math.max(most, from + 1, to + 1), layout.dies)
  const cut = (kind: Cut['kind'], isInside: (die: number) => boolean): Cut => {
    const dieInside = Array.from({ length: layout.dies }, (_, die) => isInside(die))
    // A switch (an end beyond the dies) counts as outside, unless all that it joins are inside.
    const isSwitchInside = (end: number) =>
      layout.diesOfSwitch?.(end)?.every((die) => dieInside[die]) ?? false
    const inside = Array.from({ length: ends }, (_, end) => dieInside[end] ?? isSwitchInside(end))
    const crossing = (isCounted: (link: Layout['links'][number]) => boolean) =>
      layout.links.reduce((sum, link, i) => sum + (isCounted(link) ? (layout.widths?.[i] ?? 1) : 0), 0)
    const linksIn = crossing(({ from, to }) => inside[to] === true && !inside[from])
    const linksOut = crossing(({ from, to }) => inside[from] === true && !inside[to])
    const diesInside = [...layout.order].filter((die) => dieInside[die])
    return { kind, diesInside, linksIn, linksOut }
  }
  if (layout.dies === 1) return []
  const single = Array.from({ length: layout.dies }, (_, die) => cut('link', (other) => other === die))
  return [...single, ...layout.halves.map((half) => cut('bisection', half))]
}

// Package topologies: which links there are, which way a message goes, and where to cut the package in two.
import { invariant } from '../errors.ts'
import { customLayout, gridLayout, type Layout, ringLayout, starLayout } from './layouts.ts'
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
}

/** A set of dies, to ask what must cross its border. */
export interface Cut {
  readonly kind: 'link' | 'bisection'
  readonly diesInside: readonly number[]
  readonly linksIn: number
  readonly linksOut: number
}

export const topologies: Readonly<Record<TopologySpec['kind'], string>> = {
  mesh: 'columns x rows grid, messages go along x first, then y',
  torus: 'grid with wrap-around links, the shorter way round, x first',
  ring: 'each die linked to the next, the last to the first; the shorter way round',
  crossbar: 'every die one hop from every other, through its own port in and out',
  custom: 'any adjacency; shortest path, lower-ranked neighbours first',
}

/** A package's links and routes. Built once per hardware; routes are worked out when first asked for. */
export class Topology {
  readonly dies: number
  readonly linkCount: number
  /** Undirected edge of each directed link: what a half-duplex link shares. */
  readonly edgeOfLink: Int32Array
  readonly edgeCount: number
  /** Dies in the order in which experts and tokens are dealt out and ties are broken. */
  readonly order: Int32Array
  /** Place of each die in `order`. */
  readonly rank: Int32Array
  /** All dies as one tour of near neighbours: the order of FSE-DP trajectories. */
  readonly ring: Int32Array
  readonly cuts: readonly Cut[]
  private readonly layout: Layout
  private readonly routes = new Map<number, Route>()
  private readonly neighbourLists = new Map<number, readonly number[]>()

  constructor(layout: Layout) {
    this.layout = layout
    this.dies = layout.dies
    this.linkCount = layout.links.length
    this.edgeOfLink = new Int32Array(this.linkCount)
    this.edgeCount = numberEdges(layout.links, this.edgeOfLink)
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
      const edges = links.map((link) => this.edgeOfLink[link]!)
      route = { from, to, links, edges, hops: this.layout.hopsOf(links.length) }
      this.routes.set(key, route)
    }
    return route
  }

  hops(from: number, to: number): number {
    return this.route(from, to).hops
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
  switch (spec.kind) {
    case 'mesh':
    case 'torus':
      return new Topology(gridLayout(spec.columns, spec.rows, spec.kind === 'torus', spec.numbering))
    case 'ring':
      return new Topology(ringLayout(spec.dies))
    case 'crossbar':
      return new Topology(starLayout(spec.dies))
    case 'custom':
      return new Topology(customLayout(spec.dies, spec.links))
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
  const cut = (kind: Cut['kind'], isInside: (die: number) => boolean): Cut => {
    const inside = Array.from({ length: layout.dies }, (_, die) => isInside(die))
    // A crossbar's switch (an end beyond the dies) counts as outside.
    const linksIn = layout.links.filter(({ from, to }) => inside[to] && !inside[from]).length
    const linksOut = layout.links.filter(({ from, to }) => inside[from] && !inside[to]).length
    const diesInside = [...layout.order].filter((die) => inside[die])
    return { kind, diesInside, linksIn, linksOut }
  }
  if (layout.dies === 1) return []
  const single = Array.from({ length: layout.dies }, (_, die) => cut('link', (other) => other === die))
  return [...single, ...layout.halves.map((half) => cut('bisection', half))]
}

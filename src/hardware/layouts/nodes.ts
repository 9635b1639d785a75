// Nodes of dies: the links of one node, as often as there are nodes, and a switch that every die reaches from its node.
import type { Layout } from './layouts.ts'

/**
 * Dies are numbered node by node. Within a node a message goes as in `node`; to another node over the sender's way out and the
 * receiver's way in, which is one hop. `width`: of these ways, as a multiple of the package's link.
 */
export function nodesLayout(count: number, node: Layout, width: number): Layout {
  const { dies: size } = node
  const dies = count * size
  const hasSwitch = node.links.some(({ from }) => from >= size)
  /** An end of a link of the first node, in another: its dies first, then its switch beyond all dies. */
  const endIn = (place: number, end: number) => (end < size ? place * size + end : dies + place)
  const inner = Array.from({ length: count }, (_, place) =>
    node.links.map(({ from, to }) => ({ from: endIn(place, from), to: endIn(place, to) })),
  ).flat()
  const outerHub = hasSwitch ? dies + count : dies
  const out = Array.from({ length: dies }, (_, die) => ({ from: die, to: outerHub }))
  const into = Array.from({ length: dies }, (_, die) => ({ from: outerHub, to: die }))
  const firstOuter = inner.length
  const nodeOf = (die: number) => Math.floor(die / size)
  const path = (from: number, to: number) =>
    nodeOf(from) === nodeOf(to)
      ? node.path(from % size, to % size).map((link) => link + nodeOf(from) * node.links.length)
      : [firstOuter + from, firstOuter + dies + to]
  const repeated = (places: Int32Array) =>
    Int32Array.from({ length: dies }, (_, i) => nodeOf(i) * size + places[i % size]!)
  const innerWidths = node.widths ?? node.links.map(() => 1)
  const borders = Array.from({ length: count }, (_, place) => (die: number) => nodeOf(die) === place)
  return {
    dies,
    links: [...inner, ...out, ...into],
    order: repeated(node.order),
    ring: repeated(node.ring),
    halves: [(die) => nodeOf(die) < Math.floor(count / 2), ...borders],
    path,
    hopsOf: (links) => {
      if (links.length > 0 && links[0]! >= firstOuter) return 1
      return node.hopsOf(Array.from(links, (link) => link % node.links.length))
    },
    widths: [
      ...Array.from({ length: count }, () => innerWidths).flat(),
      ...Array.from({ length: 2 * dies }, () => width),
    ],
    isOuter: (link) => link >= firstOuter,
    diesOfSwitch: (end) => {
      if (end === outerHub) return undefined
      const place = end - dies
      return Array.from({ length: size }, (_, die) => place * size + die)
    },
  }
}

// The topology and nodes sections of a hardware file to a TopologySpec.
import { dieCount } from '../../hardware/die-count.ts'
import type { NodesSpec, TopologySpec } from '../../hardware/spec.ts'
import { plainValue } from '../fields.ts'
import type { HardwareFile } from './schema.ts'

type FlatTopology = NodesSpec['node']

export function toTopology({ topology, nodes, link }: HardwareFile): TopologySpec {
  const linkPayload = link.bandwidth * plainValue(link.efficiency)
  const whole = flatTopology(topology, link.bandwidth)
  if (nodes === undefined || nodes.count === 1) return whole
  const width = (nodes.bandwidth * plainValue(nodes.efficiency)) / linkPayload
  return { kind: 'nodes', count: nodes.count, node: oneOf(whole, nodes.count), width }
}

/** As if there were one node. */
export function flatTopology(topology: HardwareFile['topology'], linkBandwidth: number): FlatTopology {
  switch (topology.kind) {
    case 'ring-of-rings':
      return { kind: topology.kind, rings: topology.rings, diesPerRing: topology.dies_per_ring }
    case 'custom': {
      const { kind, dies, links } = topology
      const ends = links.map((link) => ('dies' in link ? link.dies : link))
      if (!links.some((link) => 'dies' in link)) return { kind, dies, links: ends }
      const widths = links.map((link) =>
        'dies' in link ? (link.parallel * (link.bandwidth ?? linkBandwidth)) / linkBandwidth : 1,
      )
      return { kind, dies, links: ends, widths }
    }
    default:
      return topology
  }
}

/** Grids are cut between rows: nodes of dies that follow each other in die order. */
function oneOf(whole: FlatTopology, count: number): FlatTopology {
  switch (whole.kind) {
    case 'mesh':
    case 'torus':
      return { ...whole, rows: whole.rows / count }
    case 'ring':
    case 'crossbar':
      return { ...whole, dies: whole.dies / count }
    default:
      return whole
  }
}

/** What of a topology must be a multiple of the number of nodes; undefined: it cannot be cut into nodes. */
export function divisible(
  topology: FlatTopology,
): { readonly what: string; readonly count: number } | undefined {
  switch (topology.kind) {
    case 'mesh':
    case 'torus':
      return { what: 'rows', count: topology.rows }
    case 'ring':
    case 'crossbar':
      return { what: 'dies', count: dieCount(topology) }
    default:
      return undefined
  }
}

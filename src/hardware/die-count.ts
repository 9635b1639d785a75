// How many dies a package has, straight from its topology.
import type { TopologySpec } from './spec.ts'

export function dieCount(topology: TopologySpec): number {
  switch (topology.kind) {
    case 'mesh':
    case 'torus':
      return topology.columns * topology.rows
    case 'mesh-3d':
    case 'torus-3d':
      return topology.columns * topology.rows * topology.layers
    case 'ring-of-rings':
      return topology.rings * topology.diesPerRing
    case 'nodes':
      return topology.count * dieCount(topology.node)
    default:
      return topology.dies
  }
}

// How many dies a package has, straight from its topology.
import type { TopologySpec } from './spec.ts'

export function dieCount(topology: TopologySpec): number {
  return 'columns' in topology ? topology.columns * topology.rows : topology.dies
}

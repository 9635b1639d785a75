// The link-sharing rules by name.
import type { EventLoop } from '../engine/loop.ts'
import { CircuitFabric } from './circuit-fabric.ts'
import type { Fabric } from './fabric.ts'
import { FairFabric } from './fair-fabric.ts'
import type { LinkSpec } from './spec.ts'
import type { Topology } from './topology.ts'

export function buildFabric(spec: LinkSpec, topology: Topology, loop: EventLoop): Fabric {
  return spec.sharing === 'fair'
    ? new FairFabric(spec, topology, loop)
    : new CircuitFabric(spec, topology, loop)
}

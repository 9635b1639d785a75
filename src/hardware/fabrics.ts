// The link-sharing rules by name.
import type { EventLoop } from '../engine/loop.ts'
import { CircuitFabric } from './circuit-fabric.ts'
import type { Fabric } from './fabric.ts'
import { FairFabric } from './fair/fabric.ts'
import { RouterFabric } from './router-fabric.ts'
import { defaultRouter } from './router-spec.ts'
import type { LinkSpec } from './spec.ts'
import { StartupFabric } from './startup-fabric.ts'
import type { Topology } from './topology.ts'

export function buildFabric(spec: LinkSpec, topology: Topology, loop: EventLoop): Fabric {
  const fabric = sharedFabric(spec, topology, loop)
  const startup = { innerPs: spec.startup?.messagePs ?? 0, outerPs: spec.outer?.messagePs ?? 0 }
  if (startup.innerPs === 0 && startup.outerPs === 0) return fabric
  return new StartupFabric(startup, fabric, topology.dies, loop)
}

function sharedFabric(spec: LinkSpec, topology: Topology, loop: EventLoop): Fabric {
  switch (spec.sharing) {
    case 'routers':
      return new RouterFabric(spec, spec.router ?? defaultRouter(spec), topology, loop)
    case 'fair':
      return new FairFabric(spec, topology, loop)
    case 'circuit':
      return new CircuitFabric(spec, topology, loop)
  }
}

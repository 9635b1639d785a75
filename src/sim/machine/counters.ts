// All that a layer's machine counts: the counters of its parts, each declared by the part that counts them.
import type { Peak } from '../counters.ts'
import { CacheCounters } from './cached.ts'
import { HoldingCounters } from './holdings.ts'
import type { LayerMachine } from './machine.ts'
import { ReplicaCounters } from './replicas.ts'
import { SramCounters } from './sram.ts'
import { TierCounters } from './tiers.ts'
import { Traffic } from './traffic.ts'

export class MachineCounters {
  readonly traffic = new Traffic()
  readonly sram = new SramCounters()
  readonly holdings = new HoldingCounters()
  readonly replicas = new ReplicaCounters()
  readonly cache = new CacheCounters()
  readonly tiers = new TierCounters()
  readonly slicesPerExpert: Peak = { peak: 0 }
}

/** What a machine has counted so far, and how things stand on it now. */
export function countersOf({
  traffic,
  sram,
  holdings,
  cached,
  tiers,
  slices,
}: LayerMachine): MachineCounters {
  return {
    traffic,
    sram: sram.counters,
    holdings: holdings.counters,
    replicas: holdings.replicas.counters,
    cache: cached?.counters ?? new CacheCounters(),
    tiers: tiers?.counters ?? new TierCounters(),
    slicesPerExpert: { peak: slices },
  }
}

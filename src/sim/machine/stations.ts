// Units, channels and ports of dies, by who may go first at them.
import type { EventLoop } from '../../engine/loop.ts'
import type { Rank } from '../../engine/ranks.ts'
import { FairStation, type Station, UrgentFirstStation } from '../../engine/station.ts'
import type { Package } from '../../hardware/package.ts'

/** First come, first served; under compat: paper work of dies that are not the weights' home goes first. */
export function stationOf({ compat }: Package, loop: EventLoop, rank: Rank): Station {
  return compat === 'paper' ? new UrgentFirstStation(loop, rank) : new FairStation(loop, rank)
}

// The compute units of all dies: jobs one after the other.
import type { EventLoop } from '../../engine/loop.ts'
import { Rank } from '../../engine/ranks.ts'
import type { Station } from '../../engine/station.ts'
import type { Package } from '../../hardware/package.ts'
import { stationOf } from './stations.ts'

export class Units {
  private readonly stations: readonly Station[]

  constructor(pkg: Package, loop: EventLoop) {
    this.stations = Array.from({ length: pkg.topology.dies }, () => stationOf(pkg, loop, Rank.compute))
  }

  /** `isUrgent`: under compat: paper it goes before jobs that are not. `onDone` is told when the job began. */
  run(die: number, isUrgent: boolean, durationPs: number, onDone: (startPs: number) => void): void {
    let beganPs = 0
    this.stations[die]!.take({
      isUrgent,
      occupiedPs: () => durationPs,
      latencyPs: 0,
      onStart: (startPs) => {
        beganPs = startPs
      },
      onDone: () => onDone(beganPs),
    })
  }
}

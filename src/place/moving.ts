// What it costs to bring experts from where they lie to where a placement wants them: bytes over links, and time.
import { EventLoop } from '../engine/loop.ts'
import { buildFabric } from '../hardware/fabrics.ts'
import type { Package } from '../hardware/package.ts'
import { expertBytes } from '../model/shape.ts'
import { weightMoves } from '../schedulers/placements/moves.ts'
import type { Slots } from '../schedulers/placements/search/problem.ts'
import { Channels } from '../sim/machine/channels.ts'
import { Messenger } from '../sim/machine/messenger.ts'
import { Traffic } from '../sim/machine/traffic.ts'

export interface MoveCost {
  /** Experts that come to devices which lacked them. */
  readonly experts: number
  readonly bytes: number
  /** With nothing else on the machine, one layer after the other. */
  readonly ps: number
}

/** Of one layer. Where memory is shared every die reads every expert already, and nothing moves. */
export function moveCost(pkg: Package, before: Slots, after: Slots): MoveCost {
  const moves = weightMoves(pkg, before, after)
  const bytes = expertBytes(pkg.model)
  const loop = new EventLoop()
  const traffic = new Traffic(pkg.topology.dies)
  const channels = new Channels(pkg, loop, traffic)
  const fabric = buildFabric(pkg.hardware.link, pkg.topology, loop)
  const messenger = new Messenger(pkg.topology, loop, fabric, traffic, undefined)
  const nothing = () => undefined
  for (const { expert, from, to } of moves) {
    const write = () => channels.access(to, bytes, { onDone: nothing })
    const message = { expert, slice: 0, tokens: 0, bytes, from, to, onArrived: write }
    channels.access(from, bytes, { onDone: () => (from === to ? write() : messenger.send(message)) })
  }
  loop.run()
  return { experts: moves.length, bytes: moves.length * bytes, ps: loop.nowPs }
}

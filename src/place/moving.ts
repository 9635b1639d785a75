// What it costs to bring experts from where they lie to where a placement wants them: bytes over links, and time.
import { EventLoop } from '../engine/loop.ts'
import { buildFabric } from '../hardware/fabrics.ts'
import type { Package } from '../hardware/package.ts'
import { expertBytes } from '../model/shape.ts'
import { channelOf } from '../schedulers/channels.ts'
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
  if (pkg.hardware.memory.shared) return { experts: 0, bytes: 0, ps: 0 }
  const moves = movesBetween(pkg, before, after)
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

/** Dies are those of memory channels. */
interface Move {
  readonly expert: number
  readonly from: number
  readonly to: number
}

/** Each from the nearest die that has the expert; of equally near ones from the one that has sent least so far. */
function movesBetween(
  { topology, hardware, model, compat, payloadBytesPerPs }: Package,
  before: Slots,
  after: Slots,
): Move[] {
  const channel = channelOf({ topology, hardware, model, compat, payloadBytesPerPs })
  const dieOf = (device: number) => channel(topology.order[device]!)
  const holders: number[][] = Array.from({ length: model.experts }, () => [])
  for (const [device, held] of before.entries())
    for (const expert of held) holders[expert]!.push(dieOf(device))
  const sent = new Int32Array(topology.dies)
  return after.flatMap((held, device) => {
    const to = dieOf(device)
    const isNew = held.filter((expert) => !holders[expert]!.includes(to))
    return isNew.map((expert) => {
      const from = holders[expert]!.reduce((best, die) => {
        const nearer = topology.hops(die, to) - topology.hops(best, to)
        return nearer < 0 || (nearer === 0 && sent[die]! < sent[best]!) ? die : best
      })
      sent[from] = sent[from]! + 1
      return { expert, from, to }
    })
  })
}

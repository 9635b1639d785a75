// Sends messages over a fabric on their own and tells when each arrived.
import { EventLoop } from '../../src/engine/loop.ts'
import { Rank } from '../../src/engine/ranks.ts'
import { buildFabric } from '../../src/hardware/fabrics.ts'
import type { LinkSpec } from '../../src/hardware/spec.ts'
import type { Topology } from '../../src/hardware/topology.ts'

export interface TestMessage {
  readonly from: number
  readonly to: number
  readonly bytes: number
  /** Start; 0 where absent. */
  readonly atPs?: number
  /** As in Transfer. */
  readonly isUrgent?: boolean
  readonly readyPs?: number
}

/** One byte per ps without latency: a message of n bytes takes n ps. */
export const plainLink: LinkSpec = {
  bytesPerPs: 1,
  latencyPs: 0,
  efficiency: 1,
  duplex: 'full',
  sharing: 'fair',
  requestBytes: 0,
}

/** When the last byte of each message left and when it arrived, in the order of `messages`. */
export function sendAll(topology: Topology, link: Partial<LinkSpec>, messages: readonly TestMessage[]) {
  const loop = new EventLoop()
  const fabric = buildFabric({ ...plainLink, ...link }, topology, loop)
  const sentPs = messages.map(() => Number.NaN)
  const arrivedPs = messages.map(() => Number.NaN)
  messages.forEach(({ from, to, bytes, atPs = 0, isUrgent, readyPs }, i) => {
    loop.at(atPs, Rank.decide, () => {
      fabric.send({
        route: topology.route(from, to),
        bytes,
        isUrgent,
        readyPs,
        onSent: () => {
          sentPs[i] = loop.nowPs
        },
        onArrived: () => {
          arrivedPs[i] = loop.nowPs
        },
      })
    })
  })
  loop.run()
  return { sentPs, arrivedPs, waiting: fabric.waiting() }
}

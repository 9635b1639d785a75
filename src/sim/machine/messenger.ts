// Sends messages over the package's links and counts every byte and hop of them.
import type { EventLoop } from '../../engine/loop.ts'
import type { Fabric } from '../../hardware/fabric.ts'
import type { Topology } from '../../hardware/topology.ts'
import type { Probe } from '../probe.ts'
import type { Traffic } from './traffic.ts'

export interface Message {
  readonly expert: number
  /** Weight slice, or -1 for activations. */
  readonly slice: number
  readonly tokens: number
  readonly bytes: number
  readonly from: number
  readonly to: number
  /** The data leg of a remote read adds no hops: its request did (forecasting sheet 3.5). */
  readonly isReply?: boolean
  /** As in Transfer. */
  readonly isUrgent?: boolean
  readonly onSent?: () => void
  readonly onArrived: () => void
}

const nothing = () => undefined

export class Messenger {
  private readonly topology: Topology
  private readonly loop: EventLoop
  private readonly fabric: Fabric
  private readonly traffic: Traffic
  private readonly probe: Probe | undefined
  constructor(
    topology: Topology,
    loop: EventLoop,
    fabric: Fabric,
    traffic: Traffic,
    probe: Probe | undefined,
  ) {
    this.topology = topology
    this.loop = loop
    this.fabric = fabric
    this.traffic = traffic
    this.probe = probe
  }

  /** `readyPs`: as in Transfer. */
  send(message: Message, readyPs?: number): void {
    const { bytes, from, to, isUrgent, onSent = nothing, onArrived } = message
    const route = this.topology.route(from, to)
    this.traffic.linkBytes += bytes
    this.traffic.linkByteHops += bytes * route.hops
    if (!message.isReply) this.traffic.hops += route.hops
    const { probe } = this
    const arrive = probe === undefined ? onArrived : this.watched(message, probe, readyPs)
    this.fabric.send({ route, bytes, isUrgent, readyPs, onSent, onArrived: arrive })
  }

  /** The arrival of a message that is shown to whoever looks on. */
  private watched(message: Message, probe: Probe, readyPs = this.loop.nowPs): () => void {
    const { expert, slice, tokens, bytes, from, to, onArrived } = message
    return () => {
      const endPs = this.loop.nowPs
      probe.span({ kind: 'send', die: from, peer: to, startPs: readyPs, endPs, expert, slice, tokens, bytes })
      onArrived()
    }
  }
}

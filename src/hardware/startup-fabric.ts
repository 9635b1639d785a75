// Messages cost their sender a start-up each, one after the other, before they reach the links.
import type { EventLoop } from '../engine/loop.ts'
import { Rank } from '../engine/ranks.ts'
import type { Fabric, Transfer } from './fabric.ts'

/** Start-up of one message, in ps: within a node, and to another one. */
export interface MessageStartup {
  readonly innerPs: number
  readonly outerPs: number
}

export class StartupFabric implements Fabric {
  private readonly startup: MessageStartup
  private readonly fabric: Fabric
  private readonly loop: EventLoop
  /** When a die may start its next message. */
  private readonly freePs: Float64Array
  private starting = 0

  constructor(startup: MessageStartup, fabric: Fabric, dies: number, loop: EventLoop) {
    this.startup = startup
    this.fabric = fabric
    this.loop = loop
    this.freePs = new Float64Array(dies)
  }

  send(transfer: Transfer): void {
    const { hops, outerHops, from } = transfer.route
    // From a die to itself nothing is sent.
    const startupPs = hops === 0 ? 0 : outerHops > 0 ? this.startup.outerPs : this.startup.innerPs
    if (startupPs === 0) {
      this.fabric.send(transfer)
      return
    }
    const bytesPs = transfer.readyPs ?? this.loop.nowPs
    const readyPs = Math.max(this.loop.nowPs, bytesPs, this.freePs[from]!) + startupPs
    this.freePs[from] = readyPs
    this.starting++
    this.loop.at(readyPs, Rank.transfer, () => {
      this.starting--
      this.fabric.send(transfer)
    })
  }

  waiting(): number {
    return this.starting + this.fabric.waiting()
  }
}

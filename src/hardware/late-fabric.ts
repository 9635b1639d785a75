// Messages are counted, and one of them may be sent a cycle late: what else a run could have been.
import type { EventLoop } from '../engine/loop.ts'
import { Rank } from '../engine/ranks.ts'
import type { Fabric, Transfer } from './fabric.ts'
import { defaultRouter } from './router-spec.ts'
import type { LinkSpec } from './spec.ts'

export class LateFabric implements Fabric {
  /** Messages between dies so far. */
  sent = 0
  private late = -1
  private held = 0
  private readonly fabric: Fabric
  private readonly loop: EventLoop
  private readonly cyclePs: number

  constructor(link: LinkSpec, fabric: Fabric, loop: EventLoop) {
    this.fabric = fabric
    this.loop = loop
    this.cyclePs = cyclePs(link)
  }

  /** The next but `messages` will be the late one. */
  holdBack(messages: number): void {
    this.late = this.sent + messages
  }

  send(transfer: Transfer): void {
    if (transfer.route.hops === 0 || this.sent++ !== this.late) {
      this.fabric.send(transfer)
      return
    }
    this.held++
    this.loop.after(this.cyclePs, Rank.transfer, () => {
      this.held--
      this.fabric.send(transfer)
    })
  }

  waiting(): number {
    return this.held + this.fabric.waiting()
  }
}

/** Time of a flit on a link, in ps; where links are not of routers, of a flit of the default one. */
function cyclePs(link: LinkSpec): number {
  const { flitBytes } = link.router ?? defaultRouter(link)
  return Math.max(1, Math.round(flitBytes / link.bytesPerPs))
}

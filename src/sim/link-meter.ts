// What an iteration puts on links: on the busiest of them along the routes it took, and over the fullest border of a region of dies.
import { laneRates, lanesOf } from '../hardware/fabric.ts'
import type { Package } from '../hardware/package.ts'
import { type Region, regionsOf } from '../optimum/regions.ts'
import type { Fill, Probe, Span } from './probe.ts'

/** Passes what it sees on to another probe, if there is one. */
export class LinkMeter implements Probe {
  readonly fill?: (fill: Fill) => void
  private readonly pkg: Package
  private readonly passedOn: Probe | undefined
  private readonly regions: readonly Region[]
  private readonly laneBytesPerPs: Float64Array
  private readonly laneBytes: Float64Array
  /** From die to die: [from * dies + to]. */
  private readonly sentBytes: Float64Array

  constructor(pkg: Package, passedOn: Probe | undefined) {
    const { topology, hardware } = pkg
    this.pkg = pkg
    this.passedOn = passedOn
    if (passedOn?.fill !== undefined) this.fill = (fill) => passedOn.fill?.(fill)
    this.regions = regionsOf(pkg)
    this.laneBytesPerPs = laneRates(hardware.link, topology)
    this.laneBytes = new Float64Array(this.laneBytesPerPs.length)
    this.sentBytes = new Float64Array(topology.dies ** 2)
  }

  span(span: Span): void {
    if (span.kind === 'send') this.count(span)
    this.passedOn?.span(span)
  }

  /** Since the last time: what the busiest link takes, in ps; and what the fullest border would, whichever links were taken over it. */
  take(): { linkPs: number; borderPs: number } {
    const linkPs = this.laneBytes.reduce(
      (most, bytes, lane) => Math.max(most, bytes / this.laneBytesPerPs[lane]!),
      0,
    )
    const borderPs = this.fullestBorderPs()
    this.laneBytes.fill(0)
    this.sentBytes.fill(0)
    // Regions do not see every link, and half-duplex links in both directions.
    return { linkPs, borderPs: Math.min(borderPs, linkPs) }
  }

  private count({ die, peer, bytes }: Span): void {
    const { topology, hardware } = this.pkg
    for (const lane of lanesOf(hardware.link, topology.route(die, peer))) {
      this.laneBytes[lane] = this.laneBytes[lane]! + bytes
    }
    const at = die * topology.dies + peer
    this.sentBytes[at] = this.sentBytes[at]! + bytes
  }

  /** Few pairs of dies send to each other at all: of large packages only these are looked at for every region. */
  private fullestBorderPs(): number {
    const { dies } = this.pkg.topology
    const used: number[] = []
    this.sentBytes.forEach((bytes, at) => {
      if (bytes > 0) used.push(at)
    })
    const froms = used.map((at) => Math.floor(at / dies))
    const tos = used.map((at) => at % dies)
    let fullestPs = 0
    for (const { isInside, bytesPerPs } of this.regions) {
      let bytes = 0
      for (let i = 0; i < used.length; i++) {
        if (isInside[tos[i]!] === 1 && isInside[froms[i]!] === 0) bytes += this.sentBytes[used[i]!]!
      }
      fullestPs = Math.max(fullestPs, bytes / bytesPerPs)
    }
    return fullestPs
  }
}

// The default router, and the times that follow from a router's parts.
import { payloadBytesPerPs } from './fabric.ts'
import type { LinkSpec, RouterSpec } from './spec.ts'

/** Times and sizes that all routers share, worked out once. */
export interface RouterTiming {
  readonly flitBytes: number
  readonly packetFlits: number
  readonly mostPackets: number
  readonly channels: number
  /** Room of one virtual channel. */
  readonly bufferFlits: number
  readonly linkFlitPs: number
  readonly injectionFlitPs: number
  readonly ejectionFlitPs: number
  /** Head at one router's switch until it is at the next router's. */
  readonly hopPs: number
  readonly startupPs: number
  /** From the start of a packet's leaving a buffer until its place may be used again: over a link, from injection. */
  readonly linkCreditPs: number
  readonly injectionCreditPs: number
  /** The least time between flits on a link that its buffers allow. */
  readonly linkFlitEveryPs: number
}

const FLIT_BYTES = 32
const PACKET_FLITS = 16
const CYCLES = { router: 3, startup: 5, credit: 2 }

/**
 * A router as in BookSim2's default mesh: 32-byte flits, one per cycle at the link's rate, packets of 16 flits, four
 * virtual channels. Each has a buffer of a packet, or as many as keep a link of this latency busy (2 L + 5 cycles).
 */
export function defaultRouter(
  link: Pick<LinkSpec, 'bytesPerPs' | 'efficiency' | 'latencyPs'>,
  flitBytes = FLIT_BYTES,
): RouterSpec {
  const rate = payloadBytesPerPs(link)
  const cyclePs = flitBytes / rate
  const roundTripFlits = 2 * (link.latencyPs / cyclePs) + CYCLES.router + CYCLES.credit
  const bufferPackets = Math.max(1, Math.ceil(roundTripFlits / PACKET_FLITS))
  return {
    flitBytes,
    packetBytes: PACKET_FLITS * flitBytes,
    virtualChannels: 4,
    bufferBytes: bufferPackets * PACKET_FLITS * flitBytes,
    routerPs: Math.round(CYCLES.router * cyclePs),
    startupPs: Math.round(CYCLES.startup * cyclePs),
    creditPs: Math.round(CYCLES.credit * cyclePs),
    injectionBytesPerPs: rate,
    ejectionBytesPerPs: rate,
    mostPacketsPerMessage: 64,
  }
}

/** Share of a link's rate that one virtual channel can reach: `buffer / (2 L + 5)` in flits and cycles. */
export function bufferLimitedShare(link: LinkSpec, router: RouterSpec): number {
  const loopPs = 2 * link.latencyPs + router.routerPs + router.creditPs
  return Math.min(1, router.bufferBytes / (payloadBytesPerPs(link) * loopPs))
}

export function routerTiming(link: LinkSpec, router: RouterSpec): RouterTiming {
  const { flitBytes } = router
  const packetFlits = Math.max(1, Math.floor(router.packetBytes / flitBytes))
  const bufferFlits = Math.max(1, Math.floor(router.bufferBytes / flitBytes))
  const hopPs = link.latencyPs + router.routerPs
  const linkCreditPs = link.latencyPs + router.creditPs
  return {
    flitBytes,
    packetFlits,
    mostPackets: router.mostPacketsPerMessage,
    channels: router.virtualChannels,
    bufferFlits,
    linkFlitPs: flitBytes / payloadBytesPerPs(link),
    injectionFlitPs: flitBytes / router.injectionBytesPerPs,
    ejectionFlitPs: flitBytes / router.ejectionBytesPerPs,
    hopPs,
    startupPs: router.startupPs,
    linkCreditPs,
    injectionCreditPs: router.creditPs,
    linkFlitEveryPs: (hopPs + linkCreditPs) / (router.virtualChannels * bufferFlits),
  }
}

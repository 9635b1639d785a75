// What carries messages between dies, whatever the rule by which they share links.
import type { LinkSpec } from './spec.ts'
import type { Route, Topology } from './topology.ts'

export interface Transfer {
  readonly route: Route
  readonly bytes: number
  /** Goes before messages that are not, where circuits queue. */
  readonly isUrgent?: boolean | undefined
  /** When its bytes will be there to be sent; absent: now. Circuits may be claimed before. */
  readonly readyPs?: number | undefined
  /** The last byte has left the sender. */
  readonly onSent: () => void
  /** The last byte is at the receiver. */
  readonly onArrived: () => void
}

export interface Fabric {
  /** Starts a message, or queues it where the rule says so. Callbacks come later, never from within this call. */
  send(transfer: Transfer): void
  /** Messages that wait for a link, for the report of a stalled run. */
  waiting(): number
}

/** What of a link's bandwidth payload reaches, in one direction. */
export function payloadBytesPerPs({
  bytesPerPs,
  efficiency,
}: Pick<LinkSpec, 'bytesPerPs' | 'efficiency'>): number {
  return bytesPerPs * efficiency
}

/** The bandwidths a message competes for: one per directed link, or per edge where both directions share it. */
export function lanesOf(spec: LinkSpec, route: Route): Int32Array {
  return spec.duplex === 'half' ? route.edges : route.links
}

/** Of the head of a message, from die to die. */
export function routeLatencyPs(
  { latencyPs, outer }: LinkSpec,
  { hops, outerHops }: Pick<Route, 'hops' | 'outerHops'>,
): number {
  return (hops - outerHops) * latencyPs + outerHops * (outer?.latencyPs ?? 0)
}

/** Payload of each lane, bytes/ps. */
export function laneRates(spec: LinkSpec, topology: Topology): Float64Array {
  const rate = payloadBytesPerPs(spec)
  const rates = new Float64Array(laneCount(spec, topology))
  topology.widthOfLink.forEach((width, link) => {
    rates[spec.duplex === 'half' ? topology.edgeOfLink[link]! : link] = rate * width
  })
  return rates
}

export function laneCount(spec: LinkSpec, topology: Topology): number {
  return spec.duplex === 'half' ? topology.edgeCount : topology.linkCount
}

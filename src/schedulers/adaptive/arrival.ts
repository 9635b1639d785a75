// How long tokens are under way to each die, and results from it: what dies far away do not have for computing. Start-ups count:
// of the exchange, and of one message.
import { routeLatencyPs } from '../../hardware/fabric.ts'
import type { HardwareSpec, LinkSpec } from '../../hardware/spec.ts'
import type { Route, Topology } from '../../hardware/topology.ts'
import type { SchedulerContext } from '../scheduler.ts'

const known = new WeakMap<Topology, WeakMap<LinkSpec, Map<number, Float64Array>>>()

/** By die, in ps, from the start of an exchange: of the head of a message from the farthest of some dies. */
export function arrivalsPs(
  restingDies: Iterable<number>,
  { hardware, topology }: SchedulerContext,
): Float64Array {
  const arrivals = new Float64Array(topology.dies)
  for (const from of new Set(restingDies)) {
    latenciesFrom(from, hardware.link, topology).forEach((messagePs, die) => {
      const ps = messagePs === 0 ? 0 : exchangeStartupPs(hardware) + messagePs
      if (ps > arrivals[die]!) arrivals[die] = ps
    })
  }
  return arrivals
}

/** Once in a layer, before the first message of each die. */
export function exchangeStartupPs({ link }: HardwareSpec): number {
  return link.startup?.exchangePs ?? 0
}

/** Of a message from the farthest die, in an exchange that has started. */
export function gatherLatencyPs({ hardware, topology }: SchedulerContext): number {
  return Math.max(...latenciesFrom(topology.order[0]!, hardware.link, topology))
}

function latenciesFrom(from: number, link: LinkSpec, topology: Topology): Float64Array {
  const ofTopology = known.get(topology) ?? new WeakMap<LinkSpec, Map<number, Float64Array>>()
  const ofLink = ofTopology.get(link) ?? new Map<number, Float64Array>()
  known.set(topology, ofTopology.set(link, ofLink))
  const latencies =
    ofLink.get(from) ??
    Float64Array.from({ length: topology.dies }, (_, die) => messagePs(link, topology.route(from, die)))
  ofLink.set(from, latencies)
  return latencies
}

function messagePs(link: LinkSpec, route: Pick<Route, 'hops' | 'outerHops'>): number {
  if (route.hops === 0) return 0
  const startupPs = route.outerHops > 0 ? link.outer?.messagePs : link.startup?.messagePs
  return (startupPs ?? 0) + routeLatencyPs(link, route)
}

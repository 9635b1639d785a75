// How long tokens are under way to each die, and results from it: what dies far away do not have for computing.
import { routeLatencyPs } from '../../hardware/fabric.ts'
import type { LinkSpec } from '../../hardware/spec.ts'
import type { Topology } from '../../hardware/topology.ts'
import type { SchedulerContext } from '../scheduler.ts'

const known = new WeakMap<Topology, WeakMap<LinkSpec, Map<number, Float64Array>>>()

/** By die, in ps: of the head of a message from the farthest of some dies. */
export function arrivalsPs(
  restingDies: Iterable<number>,
  { hardware, topology }: SchedulerContext,
): Float64Array {
  const arrivals = new Float64Array(topology.dies)
  for (const from of new Set(restingDies)) {
    latenciesFrom(from, hardware.link, topology).forEach((ps, die) => {
      if (ps > arrivals[die]!) arrivals[die] = ps
    })
  }
  return arrivals
}

/** Of a token from the farthest die. */
export function gatherLatencyPs({ hardware, topology }: SchedulerContext): number {
  return Math.max(...latenciesFrom(topology.order[0]!, hardware.link, topology))
}

function latenciesFrom(from: number, link: LinkSpec, topology: Topology): Float64Array {
  const ofTopology = known.get(topology) ?? new WeakMap<LinkSpec, Map<number, Float64Array>>()
  const ofLink = ofTopology.get(link) ?? new Map<number, Float64Array>()
  known.set(topology, ofTopology.set(link, ofLink))
  const latencies =
    ofLink.get(from) ??
    Float64Array.from({ length: topology.dies }, (_, die) => routeLatencyPs(link, topology.route(from, die)))
  ofLink.set(from, latencies)
  return latencies
}

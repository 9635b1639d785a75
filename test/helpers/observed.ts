// A small hand-built look at one iteration of two schedulers on any topology, for the tests of its charts.
import { dieCount } from '../../src/hardware/die-count.ts'
import type { TopologySpec } from '../../src/hardware/spec.ts'
import { buildTopology } from '../../src/hardware/topology.ts'
import type { ObservedRun, ObservedScheduler } from '../../src/observe/observed-run.ts'

/** Of 100 us each unless told: every die is busy for 10 us times its number plus one. */
export function observedScheduler(id: string, topology: TopologySpec, latencyPs = 100e6): ObservedScheduler {
  const dies = Array.from({ length: dieCount(topology) }, (_, die) => {
    const computePs = latencyPs * Math.min(0.9, 0.1 * (die + 1))
    return {
      times: {
        ...{ computePs, memoryPs: 0, messagePs: latencyPs - computePs, bothPs: 0, turnPs: 0, overPs: 0 },
      },
      ...{ pairs: 12.5, readBytes: 3e6, receivedBytes: 1000 },
      // Dies of even number have a memory channel.
      ...(die % 2 === 0 && { channel: { bytes: 6e6, utilization: 0.05 * (die + 1) } }),
      fill: { weightBytes: [1e6, 2e6, 0, 1e6], tokenBytes: [5e5, 5e5, 5e5, 0] },
    }
  })
  const lanes = buildTopology(topology).links.map(({ from, to }, link) => ({
    ...{ from, to, bytes: 1000 * link, utilization: link / 100 },
  }))
  return { id, tokens: 64, latencyPs, dies, lanes }
}

export function observedRun(topology: TopologySpec, more: Partial<ObservedRun> = {}): ObservedRun {
  return {
    ...{ seed: 1, layer: 0, iteration: 0, iterations: 2, phase: 'decode', tokens: 64, topology },
    ...{ hasSharedLinks: false, sramBytes: 3e6, leftOut: [] },
    schedulers: ['ep', 'fse-dp'].map((id) => observedScheduler(id, topology)),
    ...more,
  }
}

export const MESH: TopologySpec = { kind: 'mesh', columns: 3, rows: 2, numbering: 'row-major' }

// Law: a message alone takes hops * latency + bytes / bandwidth, on every topology and under every link rule.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { TopologySpec } from '../../src/hardware/spec.ts'
import { buildTopology } from '../../src/hardware/topology.ts'
import { sendAll } from '../hardware/messages.ts'

const size = fc.integer({ min: 2, max: 6 })
const packages: fc.Arbitrary<TopologySpec> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('mesh' as const, 'torus' as const),
    columns: size,
    rows: size,
    numbering: fc.constantFrom('row-major' as const, 'column-major' as const),
  }),
  fc.record({ kind: fc.constantFrom('ring' as const, 'crossbar' as const), dies: size }),
  fc.record({
    kind: fc.constantFrom('mesh-3d' as const, 'torus-3d' as const),
    ...{ columns: size, rows: size, layers: size },
  }),
  fc.record({ kind: fc.constant('ring-of-rings' as const), rings: size, diesPerRing: size }),
  fc.record({ kind: fc.constant('custom' as const), dies: size }).map(({ kind, dies }) => ({
    kind,
    dies,
    links: Array.from({ length: dies - 1 }, (_, i) => [Math.floor(i / 2), i + 1] as const),
  })),
)

it('one message on an idle package takes hops * latency + bytes / bandwidth', () => {
  fc.assert(
    fc.property(
      packages,
      fc.record({
        places: fc.tuple(fc.nat(), fc.nat()),
        bytes: fc.integer({ min: 1, max: 1_000_000 }),
        latencyPs: fc.integer({ min: 0, max: 5000 }),
        inverseRate: fc.integer({ min: 1, max: 64 }),
        duplex: fc.constantFrom('full' as const, 'half' as const),
        sharing: fc.constantFrom('fair' as const, 'circuit' as const),
      }),
      (spec, { places, bytes, latencyPs, inverseRate, duplex, sharing }) => {
        const topology = buildTopology(spec)
        const [from, to] = [places[0] % topology.dies, places[1] % topology.dies]
        fc.pre(from !== to)
        const link = { bytesPerPs: 2 / inverseRate, efficiency: 0.5, latencyPs, duplex, sharing }
        const { arrivedPs } = sendAll(topology, link, [{ from, to, bytes }])
        expect(arrivedPs).toEqual([topology.hops(from, to) * latencyPs + bytes * inverseRate])
      },
    ),
    { seed: 5, numRuns: 500 },
  )
})

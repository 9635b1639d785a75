// What a 5x5 all-to-all of 1 MiB per pair costs. BookSim2 needs 147 CPU s for its 600 x 32768 flits (133,752 flits per
// CPU second, its own rate for 5x5), so 100 times faster is 0.68 operations per second.
//
// What is measured is the built program, as users run it (see layer.bench.ts).
import { createRequire } from 'node:module'
import { bench, describe } from 'vitest'

const require = createRequire(import.meta.url)
const { EventLoop } = require('../../dist/engine/loop.js') as typeof import('../../src/engine/loop.ts')
const { buildFabric } =
  require('../../dist/hardware/fabrics.js') as typeof import('../../src/hardware/fabrics.ts')
const { buildTopology } =
  require('../../dist/hardware/topology.js') as typeof import('../../src/hardware/topology.ts')

const MIB = 2 ** 20
const topology = buildTopology({ kind: 'mesh', columns: 5, rows: 5, numbering: 'row-major' })
const link = { bytesPerPs: 0.032, latencyPs: 1000, efficiency: 1, duplex: 'full', requestBytes: 0 } as const

function allToAll(sharing: 'routers' | 'fair'): void {
  const loop = new EventLoop()
  const fabric = buildFabric({ ...link, sharing }, topology, loop)
  let arrived = 0
  for (let shift = 1; shift < topology.dies; shift++) {
    for (let from = 0; from < topology.dies; from++) {
      const route = topology.route(from, (from + shift) % topology.dies)
      fabric.send({ route, bytes: MIB, onSent: () => undefined, onArrived: () => arrived++ })
    }
  }
  loop.run()
  if (arrived !== topology.dies * (topology.dies - 1)) throw new Error('messages were lost')
}

describe('5x5 all-to-all, 1 MiB per pair; BookSim2: 0.0068 per CPU second, 100 times that: 0.68', () => {
  bench('routers', () => allToAll('routers'), { iterations: 5, warmupIterations: 1 })
  bench('fair', () => allToAll('fair'), { iterations: 5, warmupIterations: 1 })
})

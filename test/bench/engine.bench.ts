// Speed of the event queue and of one layer: `npm run bench`. Operations per second times OPS are events per second.
//
// The queue is that of the built program, as users run it: see layer.bench.ts.
import { createRequire } from 'node:module'
import { bench, describe } from 'vitest'
import { randomStream } from '../../src/engine/random.ts'
import { buildTopology } from '../../src/hardware/topology.ts'
import { frameHardware, runLayer, tinyModel, workOf } from '../helpers/frames.ts'

const built = createRequire(import.meta.url)(
  '../../dist/engine/wheel-queue.js',
) as typeof import('../../src/engine/wheel-queue.ts')

/** Events popped (and pushed again) in one operation of the bench: so its "hz" is thousands of events per second. */
const OPS = 1000

/** The hold model: every popped event is pushed again a random time later, so the queue keeps its size. */
function holdModel(pending: number): () => void {
  const random = randomStream(1, 'bench')
  const delays = Float64Array.from({ length: 4096 }, () => Math.ceil(1_000_000 * random()))
  const queue = new built.WheelEventQueue()
  for (let i = 0; i < pending; i++) queue.push(delays[i % 4096]!, i % 5, i)
  let next = 0
  return () => {
    for (let i = 0; i < OPS; i++) {
      queue.pop()
      next = (next + 1) % 4096
      queue.push(queue.timePs + delays[next]!, queue.rank, queue.payload)
    }
  }
}

describe('event queue, thousands of events per operation per second', () => {
  bench('hold model, 1,000 pending', holdModel(1000))
  bench('hold model, 100,000 pending', holdModel(100_000))
})

describe('one layer', () => {
  const hardware = frameHardware({ load: 8, hop: 2, compute: 3, pieces: 16 })
  const model = tinyModel(64, 16, 8)
  const random = randomStream(2, 'bench')
  const choices = Array.from({ length: 256 }, () => {
    const chosen = new Set<number>()
    while (chosen.size < 8) chosen.add(Math.floor(64 * random()))
    return [...chosen]
  })
  const work = workOf(choices, 64, buildTopology(hardware.topology))
  bench('fse-dp, 256 tokens, 64 experts, top 8, on 2x2', () => {
    runLayer('fse-dp', hardware, model, work)
  })
})

// What happens first at one picosecond.
import { expect, test } from 'vitest'
import { EventLoop } from '../../src/engine/loop.ts'
import { Rank } from '../../src/engine/ranks.ts'

test('effects land, then decisions are made, then links are shared, then what is idle looks for work', () => {
  const loop = new EventLoop()
  const told: string[] = []
  for (const [name, rank] of Object.entries(Rank).reverse()) loop.at(4, rank, () => told.push(name))
  loop.run()
  expect(told).toEqual(['transfer', 'memory', 'compute', 'handOver', 'decide', 'share', 'idle'])
})

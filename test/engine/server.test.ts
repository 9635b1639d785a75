// A server works on one job at a time, in order of arrival.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { EventLoop } from '../../src/engine/loop.ts'
import { Rank } from '../../src/engine/ranks.ts'
import { Server } from '../../src/engine/server.ts'

const jobs = fc.array(
  fc.record({
    atPs: fc.integer({ min: 0, max: 100 }),
    occupiedPs: fc.integer({ min: 0, max: 30 }),
    latencyPs: fc.integer({ min: 0, max: 30 }),
  }),
  { minLength: 1, maxLength: 12 },
)

it('starts each job when it has come and the one before is over, and tells of its end a latency later', () => {
  fc.assert(
    fc.property(jobs, (list) => {
      const loop = new EventLoop()
      const server = new Server(loop, Rank.compute)
      const arrivals = list.toSorted((a, b) => a.atPs - b.atPs)
      const seen = arrivals.map(() => ({ startPs: -1, donePs: -1 }))
      arrivals.forEach(({ atPs, occupiedPs, latencyPs }, i) => {
        loop.at(atPs, Rank.transfer, () => {
          seen[i]!.startPs = server.submit(occupiedPs, latencyPs, () => {
            seen[i]!.donePs = loop.nowPs
          })
        })
      })
      loop.run()

      let freePs = 0
      arrivals.forEach(({ atPs, occupiedPs, latencyPs }, i) => {
        const startPs = Math.max(atPs, freePs)
        freePs = startPs + occupiedPs
        expect(seen[i]).toEqual({ startPs, donePs: freePs + latencyPs })
      })
      expect(server.busyPs).toBe(list.reduce((sum, { occupiedPs }) => sum + occupiedPs, 0))
    }),
    { seed: 3, numRuns: 300 },
  )
})

it('n equal jobs at once end after 1, 2, ... n times their length', () => {
  const loop = new EventLoop()
  const server = new Server(loop, Rank.compute)
  const ends: number[] = []
  for (let i = 0; i < 4; i++) server.submit(10, 3, () => ends.push(loop.nowPs))
  loop.run()
  expect(ends).toEqual([13, 23, 33, 43])
})

it('tells of its end by its rank, whichever of two simultaneous events was asked for first', () => {
  const loop = new EventLoop()
  const told: string[] = []
  new Server(loop, Rank.memory).submit(5, 0, () => told.push('memory'))
  loop.at(5, Rank.idle, () => told.push('idle'))
  new Server(loop, Rank.compute).submit(5, 0, () => told.push('compute'))
  loop.run()
  const byRank = [
    { name: 'memory', rank: Rank.memory },
    { name: 'idle', rank: Rank.idle },
    { name: 'compute', rank: Rank.compute },
  ].sort((a, b) => a.rank - b.rank)
  expect(told).toEqual(byRank.map(({ name }) => name))
})

// Stations take turns one at a time, in order of arrival or the urgent ones first.
import { expect, test } from 'vitest'
import { EventLoop } from '../../src/engine/loop.ts'
import { Rank } from '../../src/engine/ranks.ts'
import { FairStation, type Station, UrgentFirstStation } from '../../src/engine/station.ts'

/** Names and times of turns in the order in which they end; all are taken at 0, each keeps the station for 10 ps. */
function served(make: (loop: EventLoop) => Station, turns: readonly (readonly [string, boolean])[]) {
  const loop = new EventLoop()
  const station = make(loop)
  const ends: [string, number, number][] = []
  for (const [name, isUrgent] of turns) {
    let beganPs = -1
    station.take({
      isUrgent,
      occupiedPs: () => 10,
      latencyPs: 3,
      onStart: (startPs, freePs) => {
        beganPs = startPs
        expect(freePs).toBe(startPs + 10)
      },
      onDone: () => ends.push([name, beganPs, loop.nowPs]),
    })
  }
  loop.run()
  return ends
}

const turns = [
  ['a', false],
  ['b', false],
  ['c', true],
  ['d', true],
] as const

test('a fair station takes turns in order of arrival', () => {
  expect(served((loop) => new FairStation(loop, Rank.memory), turns)).toEqual([
    ['a', 0, 13],
    ['b', 10, 23],
    ['c', 20, 33],
    ['d', 30, 43],
  ])
})

test('urgent turns go before others that wait, in order of arrival, and interrupt none', () => {
  expect(served((loop) => new UrgentFirstStation(loop, Rank.memory), turns)).toEqual([
    ['a', 0, 13],
    ['c', 10, 23],
    ['d', 20, 33],
    ['b', 30, 43],
  ])
})

test('how long a turn lasts is asked when it starts, and whether the station was idle', () => {
  const loop = new EventLoop()
  const station = new UrgentFirstStation(loop, Rank.memory)
  const asked: [number, boolean][] = []
  for (let i = 0; i < 2; i++) {
    const occupiedPs = (startPs: number, isIdle: boolean) => {
      asked.push([startPs, isIdle])
      return 10
    }
    station.take({ isUrgent: false, occupiedPs, latencyPs: 0, onDone: () => undefined })
  }
  expect(asked).toEqual([[0, true]])
  loop.run()
  expect(asked).toEqual([
    [0, true],
    [10, false],
  ])
})

test('an urgent-first station would start the next turn when the one at work is over, or now where there is none', () => {
  const loop = new EventLoop()
  const station = new UrgentFirstStation(loop, Rank.memory)
  const starts: number[] = []
  const turn = { isUrgent: false, occupiedPs: () => 7, latencyPs: 0, onDone: () => undefined }
  loop.at(3, Rank.transfer, () => {
    starts.push(station.nextStartPs)
    station.take(turn)
    starts.push(station.nextStartPs)
  })
  loop.at(20, Rank.transfer, () => starts.push(station.nextStartPs))
  loop.run()
  expect(starts).toEqual([3, 10, 20])
})

test.each([
  ['fair', FairStation],
  ['urgent-first', UrgentFirstStation],
])('a %s station is idle but while it is kept, whatever ends later', (_, Kind) => {
  const loop = new EventLoop()
  const station: Station = new Kind(loop, Rank.memory)
  const seen: [number, boolean, number][] = []
  const look = () => seen.push([loop.nowPs, station.isIdle, station.nextStartPs])
  loop.at(5, Rank.transfer, () => {
    look()
    station.take({ isUrgent: false, occupiedPs: 10, latencyPs: 30, onDone: look })
    look()
  })
  loop.at(14, Rank.idle, look)
  loop.at(15, Rank.idle, look)
  loop.run()
  expect(seen).toEqual([
    [5, true, 5],
    [5, false, 15],
    [14, false, 15],
    [15, true, 15],
    [45, true, 45],
  ])
})

test('a fair station asks at once how long a turn lasts, for when it will start', () => {
  const loop = new EventLoop()
  const station = new FairStation(loop, Rank.memory)
  const asked: [number, boolean][] = []
  const occupiedPs = (startPs: number, isIdle: boolean) => {
    asked.push([startPs, isIdle])
    return 10
  }
  for (let i = 0; i < 2; i++)
    station.take({ isUrgent: false, occupiedPs, latencyPs: 0, onDone: () => undefined })
  expect(asked).toEqual([
    [0, true],
    [10, false],
  ])
})

test('a turn without latency is told when the station has begun with the next one, by its rank', () => {
  const loop = new EventLoop()
  const station = new UrgentFirstStation(loop, Rank.memory)
  const told: string[] = []
  const turn = (name: string) => ({
    ...{ isUrgent: false, occupiedPs: 10, latencyPs: 0 },
    onStart: () => told.push(`${name} starts`),
    onDone: () => told.push(`${name} is done`),
  })
  for (const name of ['a', 'b']) station.take(turn(name))
  loop.at(10, Rank.transfer, () => told.push('arrival'))
  loop.run()
  expect(told).toEqual(['a starts', 'arrival', 'b starts', 'a is done', 'b is done'])
})

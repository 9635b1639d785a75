// Rates brought up to date where they change are those that filling all lanes with all messages gives.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Flows, NONE } from '../../../src/hardware/fair/flows.ts'
import { FairShares } from '../../../src/hardware/fair/shares.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'

const route = buildTopology({ kind: 'mesh', columns: 2, rows: 1, numbering: 'row-major' }).route(0, 1)
const transfer = { route, bytes: 1e6, onSent: () => undefined, onArrived: () => undefined }
/** A wide lane among narrow ones, so that messages on it are limited elsewhere; in tenths, so that equal shares differ by rounding. */
const LANES = Float64Array.of(0.1, 0.3, 0.1, 0.1, 0.6)

/** Progressive filling of all, as the rule is written. */
function filled(crossed: ReadonlyMap<number, readonly number[]>): Map<number, number> {
  const rates = new Map<number, number>()
  const left = [...LANES]
  while (rates.size < crossed.size) {
    const open = [...crossed].filter(([flow]) => !rates.has(flow))
    const shareOf = (lane: number) => {
      const count = open.filter(([, lanes]) => lanes.includes(lane)).length
      return count === 0 ? Infinity : left[lane]! / count
    }
    const shares = left.map((_, lane) => shareOf(lane))
    const share = Math.min(...shares)
    for (const [flow, lanes] of open) {
      if (!lanes.includes(shares.indexOf(share))) continue
      rates.set(flow, share)
      for (const lane of lanes) left[lane]! -= share
    }
  }
  return rates
}

const steps = fc.array(
  fc.record({
    isEnd: fc.boolean(),
    which: fc.nat(1000),
    lanes: fc.uniqueArray(fc.nat(LANES.length - 1), { minLength: 1, maxLength: 3, size: 'max' }),
  }),
  { minLength: 40, maxLength: 60, size: 'max' },
)

it('after any starts and ends, one or two at a time, every message has its max-min share', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const flows = new Flows()
      const onLane: number[][] = Array.from(LANES, () => [])
      const shares = new FairShares(LANES, onLane, flows)
      const crossed = new Map<number, readonly number[]>()
      let changed: number[] = []
      list.forEach(({ isEnd, which, lanes }, step) => {
        const ending = isEnd ? [...crossed.keys()][which % Math.max(1, crossed.size)] : undefined
        if (ending === undefined) {
          const flow = flows.add(transfer, Int32Array.from(lanes), 1, NONE, 0, Infinity)
          crossed.set(flow, lanes)
          for (const lane of lanes) onLane[lane]!.push(flow)
          changed.push(...lanes)
        } else {
          for (const lane of crossed.get(ending)!) onLane[lane]!.splice(onLane[lane]!.indexOf(ending), 1)
          changed.push(...crossed.get(ending)!)
          crossed.delete(ending)
          flows.release(ending)
        }
        if (step % 3 === 1) return
        shares.update(changed, 0)
        changed = []
        for (const [flow, rate] of filled(crossed)) expect(flows.bytesPerPs[flow]).toBeCloseTo(rate, 11)
      })
    }),
    { numRuns: 150 },
  )
})

it('a lane that is full first but for rounding limits its messages, although another one has limited them', () => {
  const flows = new Flows()
  const onLane: number[][] = Array.from(LANES, () => [])
  const shares = new FairShares(LANES, onLane, flows)
  const crossed = new Map<number, readonly number[]>()
  for (const batch of [[[0, 3]], [[0]], [[2, 3], [3]], [[0, 2]], [[2, 3]], [[2, 0]], [[2, 3], [2]]]) {
    for (const lanes of batch) {
      const flow = flows.add(transfer, Int32Array.from(lanes), 1, NONE, 0, Infinity)
      crossed.set(flow, lanes)
      for (const lane of lanes) onLane[lane]!.push(flow)
    }
    shares.update(batch.flat(), 0)
  }
  for (const [flow, rate] of filled(crossed)) expect(flows.bytesPerPs[flow]).toBeCloseTo(rate, 11)
})

it('a rate that is the same but for rounding stays as it is', () => {
  const flows = new Flows()
  const onLane = [[0, 1, 2], [1, 2], [2]]
  const shares = new FairShares(Float64Array.of(0.3, 0.3, 0.3), onLane, flows)
  for (const crossed of [[0], [0, 1], [0, 1, 2]])
    flows.add(transfer, Int32Array.from(crossed), 0.1 + 1e-13, NONE, 0, 0)
  shares.update([0, 1, 2], 0)
  expect([...flows.bytesPerPs.subarray(0, 3)]).toEqual([0.1 + 1e-13, 0.1 + 1e-13, 0.1 + 1e-13])
})

it('of two lanes that are full at one rate the one that stays full limits the messages of both', () => {
  const flows = new Flows()
  const onLane = [[0, 1], [0, 2], [1], [3]]
  const shares = new FairShares(Float64Array.of(2, 2, 9, 9), onLane, flows)
  for (const crossed of [[0, 1], [0, 2], [1], [3]])
    flows.add(transfer, Int32Array.from(crossed), 9, NONE, 0, 0)
  shares.update([0, 1, 2, 3], 0)
  expect([...flows.bytesPerPs.subarray(0, 4)]).toEqual([1, 1, 1, 9])
  onLane[0]!.pop()
  onLane[2]!.pop()
  shares.update([0, 2], 0)
  expect([...flows.bytesPerPs.subarray(0, 3)]).toEqual([1, 1, 1])
})

it('a message that had its lanes to itself gives way on any of them', () => {
  const flows = new Flows()
  const onLane = [[0], [0, 1]]
  const shares = new FairShares(Float64Array.of(1, 3), onLane, flows)
  flows.add(transfer, Int32Array.of(0, 1), 1, 0, 0, 0)
  flows.add(transfer, Int32Array.of(1), 3, NONE, 0, 0)
  shares.update([1], 0)
  expect([...flows.bytesPerPs.subarray(0, 2)]).toEqual([1, 2])
})

/** Lists of messages by lane, and the lanes of which the list has been taken. */
function watched(lists: readonly number[][]) {
  const lookedAt = new Set<number>()
  const onLane: number[][] = []
  for (const lane of lists.keys()) {
    const get = () => {
      lookedAt.add(lane)
      return lists[lane]
    }
    Object.defineProperty(onLane, lane, { get })
  }
  return { onLane, lookedAt }
}

it('lanes on which no rate changes are not looked at', () => {
  const flows = new Flows()
  const lists = [[0], [0, 1, 2], [1], [0, 1]]
  const { onLane, lookedAt } = watched(lists)
  const shares = new FairShares(Float64Array.of(7, 0.3, 0.05, 7), onLane, flows)
  for (const crossed of [[0, 1, 3], [1, 2, 3], [1]])
    flows.add(transfer, Int32Array.from(crossed), 1, NONE, 0, 0)
  shares.update([0, 1, 2, 3], 0)
  expect([...lookedAt].toSorted()).toEqual([0, 1, 2, 3])
  lookedAt.clear()
  lists[0]!.push(flows.add(transfer, Int32Array.of(0), 7, NONE, 0, 0))
  shares.update([0], 0)
  // Message 0 is limited on lane 1 as before, and lane 0 has enough for both.
  expect([...flows.bytesPerPs.subarray(0, 4)]).toEqual([0.125, 0.05, 0.125, 6.875])
  expect([...lookedAt]).toEqual([0])
})

it('a lane that is full where it was, but for rounding, draws in no other one', () => {
  const flows = new Flows()
  const lists = [[0, 1, 2], [2, 3, 4], [3], [2, 5, 6]]
  const { onLane, lookedAt } = watched(lists)
  const shares = new FairShares(Float64Array.of(0.1, 0.1, 9, 0.1), onLane, flows)
  for (const crossed of [[0], [0], [0, 3, 1], [1, 2], [1], [3], [3]])
    flows.add(transfer, Int32Array.from(crossed), 1, NONE, 0, 0)
  shares.update([1, 3, 0, 2], 0)
  lookedAt.clear()
  lists[0]!.shift()
  shares.update([0], 0)
  // Message 2 might grow now on lane 0, but not on the two others that it crosses. Lane 2 is that of a message beside it.
  expect(flows.bytesPerPs[1]).toBeCloseTo(0.2 / 3, 11)
  expect(flows.bytesPerPs[2]).toBeCloseTo(0.1 / 3, 11)
  expect([...lookedAt].toSorted()).toEqual([0, 1, 3])
})

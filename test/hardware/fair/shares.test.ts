// Rates brought up to date where they change are those that filling all lanes with all messages gives.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Flows } from '../../../src/hardware/fair/flows.ts'
import { FairShares } from '../../../src/hardware/fair/shares.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'

const route = buildTopology({ kind: 'mesh', columns: 2, rows: 1, numbering: 'row-major' }).route(0, 1)
const transfer = { route, bytes: 1e6, onSent: () => undefined, onArrived: () => undefined }
/** A wide lane among narrow ones, so that messages on it are limited elsewhere. */
const LANES = Float64Array.of(1, 3, 2, 1, 2, 7, 1, 2)

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
          const flow = flows.add(transfer, Int32Array.from(lanes), 1, 0, Infinity)
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
        for (const [flow, rate] of filled(crossed)) expect(flows.bytesPerPs[flow]).toBeCloseTo(rate, 9)
      })
    }),
    { numRuns: 60 },
  )
})

it('a rate that is the same but for rounding stays as it is', () => {
  const flows = new Flows()
  const onLane = [[0, 1, 2], [1, 2], [2]]
  const shares = new FairShares(Float64Array.of(0.3, 0.3, 0.3), onLane, flows)
  for (const crossed of [[0], [0, 1], [0, 1, 2]])
    flows.add(transfer, Int32Array.from(crossed), 0.1 + 1e-13, 0, 0)
  shares.update([0], 0)
  expect([...flows.bytesPerPs.subarray(0, 3)]).toEqual([0.1 + 1e-13, 0.1 + 1e-13, 0.1 + 1e-13])
})

it('messages whose rates hold beside the new ones are not looked at again', () => {
  const flows = new Flows()
  const lanes = [[0, 1, 3], [1, 2, 3], [1], [0]]
  const onLane = [[0], [0, 1, 2], [1], [0, 1]]
  const shares = new FairShares(Float64Array.of(7, 0.3, 0.05, 7), onLane, flows)
  for (const crossed of lanes) flows.add(transfer, Int32Array.from(crossed), 1, 0, 0)
  shares.update([1], 0)
  onLane[0]!.push(3)
  shares.update([0], 0)
  // Lane 2 limits message 1, lane 3 nobody, and lane 1 gives to the others what that leaves.
  expect([...flows.bytesPerPs.subarray(0, 4)]).toEqual([0.125, 0.05, 0.125, 6.875])
  expect([...flows.freedBy.subarray(0, 4)]).toEqual([2, 1, 1, 2])
})

// Messages in columns: which end is next, whatever has begun, changed its rate and ended before.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { durationPs } from '../../../src/engine/loop.ts'
import { Flows } from '../../../src/hardware/fair/flows.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'

const route = buildTopology({ kind: 'mesh', columns: 2, rows: 1, numbering: 'row-major' }).route(0, 1)
const transfer = { route, bytes: 840, onSent: () => undefined, onArrived: () => undefined }
const RATES = [1, 2, 3, 5, 7]

const steps = fc.array(
  fc.record({
    what: fc.constantFrom('add', 'add', 'add', 'add', 'rate', 'end'),
    which: fc.nat(1000),
    rate: fc.constantFrom(...RATES),
  }),
  { minLength: 200, maxLength: 500 },
)

it('the next end is the first of all, and all that end by then are told in order of their start', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const flows = new Flows()
      const endsPs = new Map<number, number>()
      const startedPs = new Map<number, number>()
      let nowPs = 0
      for (const { what, which, rate } of list) {
        const flow = [...endsPs.keys()][which % Math.max(1, endsPs.size)]
        if (what === 'add') {
          const endPs = nowPs + durationPs(transfer.bytes, rate)
          const added = flows.add(transfer, route.links, rate, 0, nowPs, endPs)
          endsPs.set(added, endPs)
          startedPs.set(added, nowPs)
        } else if (what === 'rate' && flow !== undefined && startedPs.get(flow) === nowPs) {
          // Nothing of it has gone yet: it ends as one that starts now.
          flows.setRate(flow, rate, nowPs)
          endsPs.set(flow, nowPs + durationPs(transfer.bytes, rate))
        } else if (what === 'end') {
          nowPs = Math.min(flows.firstEndPs(), nowPs + 40)
          const due = [...endsPs].filter(([, endPs]) => endPs <= nowPs).map(([one]) => one)
          expect([...flows.endedBy(nowPs)]).toEqual(due)
          for (const one of due) {
            endsPs.delete(one)
            flows.release(one)
          }
        }
        expect(flows.firstEndPs()).toBe(Math.min(Infinity, ...endsPs.values()))
      }
    }),
  )
})

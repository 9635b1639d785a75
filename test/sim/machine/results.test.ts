// Results: sums may travel, nothing is sent from where it is not, and once any is sent all have to come home.
import { describe, expect, it } from 'vitest'
import { Bug } from '../../../src/errors.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { Results } from '../../../src/sim/machine/results.ts'
import { workOf } from '../../helpers/frames.ts'

const row = buildTopology({ kind: 'mesh', columns: 3, rows: 1, numbering: 'row-major' })
/** One token on each of three dies, all of expert 1 of two. */
const fresh = () => new Results(workOf([[1], [1], [1]], 2, row))
const all = { fromPair: 0, toPair: 3 }

describe('results', () => {
  it('may stay where they were computed as long as none is sent', () => {
    const results = fresh()
    results.computed(2, 1, 0, all)
    expect(() => results.assertHome()).not.toThrow()
  })

  it('come home slice by slice, from each die that computed some', () => {
    const results = fresh()
    results.computed(0, 1, 0, all)
    results.computed(2, 1, 1, all)
    results.arrive(1, results.send(0, [{ expert: 1, fromPair: 1, toPair: 2 }]))
    results.arrive(2, results.send(0, [{ expert: 1, fromPair: 2, toPair: 3 }]))
    results.arrive(0, results.send(2, [{ expert: 1, fromPair: 0, toPair: 1 }]))
    expect(() => results.assertHome()).toThrow(
      new Bug('layer 0: the result of token 1 from expert 1 stayed on die 2 and never came to die 1'),
    )
    results.arrive(1, results.send(2, [{ expert: 1, fromPair: 1, toPair: 2 }]))
    expect(() => results.assertHome()).not.toThrow()
  })

  it('are sent with all slices that the die has computed of the pairs, before the first was sent and after', () => {
    const results = fresh()
    results.computed(0, 1, 4, all)
    results.computed(0, 1, 7, { fromPair: 2, toPair: 3 })
    const send = (fromPair: number, toPair: number) =>
      results.send(0, [{ expert: 1, fromPair, toPair }]).parts
    expect(send(1, 2)).toEqual([{ expert: 1, slice: 4, fromPair: 1, toPair: 2 }])
    results.computed(0, 1, 9, { fromPair: 2, toPair: 3 })
    expect(send(2, 3)).toEqual([4, 7, 9].map((slice) => ({ expert: 1, slice, fromPair: 2, toPair: 3 })))
  })

  it('are added up on the way', () => {
    const results = fresh()
    results.computed(0, 1, 0, { fromPair: 2, toPair: 3 })
    results.computed(1, 1, 1, { fromPair: 2, toPair: 3 })
    const pairs = [{ expert: 1, fromPair: 2, toPair: 3 }]
    results.arrive(1, results.send(0, pairs))
    results.arrive(2, results.send(1, pairs))
    expect(() => results.assertHome()).not.toThrow()
  })

  it('are not sent from where they are not, nor twice', () => {
    const results = fresh()
    results.computed(0, 1, 0, { fromPair: 0, toPair: 2 })
    const send = (fromPair: number, toPair: number) => results.send(0, [{ expert: 1, fromPair, toPair }])
    expect(() => send(1, 3)).toThrow(
      new Bug('the result of pair 2 from expert 1 is sent from die 0, where it is not'),
    )
    const again = fresh()
    again.computed(0, 1, 0, all)
    again.send(0, [{ expert: 1, fromPair: 1, toPair: 2 }])
    expect(() => again.send(0, [{ expert: 1, fromPair: 1, toPair: 2 }])).toThrow(Bug)
  })

  it('that are computed after others were sent have to be sent too', () => {
    const results = fresh()
    results.computed(0, 1, 0, all)
    results.arrive(1, results.send(0, [{ expert: 1, fromPair: 1, toPair: 2 }]))
    results.arrive(2, results.send(0, [{ expert: 1, fromPair: 2, toPair: 3 }]))
    results.computed(0, 1, 1, { fromPair: 1, toPair: 2 })
    expect(() => results.assertHome()).toThrow(Bug)
  })

  it('are lost where a message that has them never arrives', () => {
    const results = fresh()
    results.computed(0, 1, 0, { fromPair: 1, toPair: 2 })
    results.send(0, [{ expert: 1, fromPair: 1, toPair: 2 }])
    expect(() => results.assertHome()).toThrow(new Bug('layer 0: 1 results are still on their way'))
  })
})

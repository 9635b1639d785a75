// A list that is used again gives what a stable sort of what was added since it was cleared would.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ReusedList } from '../../../src/schedulers/fse-dp/reused-list.ts'

it('sorts what was added since it was cleared, equals in order of arrival, however long it was before', () => {
  const keys = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 90 })
  fc.assert(
    fc.property(fc.array(keys, { maxLength: 5 }), (fillings) => {
      const list = new ReusedList<{ readonly key: number; readonly at: number }>()
      for (const filling of fillings) {
        const items = filling.map((key, at) => ({ key, at }))
        list.clear()
        for (const item of items) list.add(item)
        list.sort((a, b) => a.key - b.key)
        const sorted = items.toSorted((a, b) => a.key - b.key)
        expect(Array.from({ length: list.count }, (_, i) => list.at(i))).toEqual(sorted)
      }
    }),
    { seed: 21, numRuns: 100 },
  )
})

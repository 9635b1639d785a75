// Short lists are sorted as the engine's own stable sort would, and what lies behind the counted items is left alone.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { sortFew } from '../../src/engine/sort-few.ts'

it('sorts the counted items as a stable sort does, and of a short list leaves those behind them', () => {
  const keys = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 90 })
  fc.assert(
    fc.property(keys, fc.nat(90), (some, most) => {
      const items = some.map((key, at) => ({ key, at }))
      const count = Math.min(most, items.length)
      const sorted = items.slice(0, count).toSorted((a, b) => a.key - b.key)
      const behind = items.slice(count)
      sortFew(items, (a, b) => a.key - b.key, count)
      expect(items.slice(0, count)).toEqual(sorted)
      if (count <= 40) expect(items.slice(count)).toEqual(behind)
    }),
    { seed: 5, numRuns: 200 },
  )
})

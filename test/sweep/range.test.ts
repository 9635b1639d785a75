// Ranges: values in the unit of the first, both ends reached, and what is wrong with the others.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rangeOf } from '../../src/sweep/range.ts'

test.each([
  [{ from: 1, to: 8, factor: 2 }, [1, 2, 4, 8]],
  [{ from: 0.1, to: 0.5, step: 0.1 }, [0.1, 0.2, 0.3, 0.4, 0.5]],
  [{ from: 2, to: 3, count: 3 }, [2, 2.5, 3]],
  [{ from: 16, to: 100, factor: 4 }, [16, 64]],
  [{ from: '96 GB/s', to: '288 GB/s', step: '96 GB/s' }, ['96 GB/s', '192 GB/s', '288 GB/s']],
  [{ from: '512 KiB', to: '2 MiB', factor: 2 }, ['512 KiB', '1024 KiB', '2048 KiB']],
  [{ from: '1 us', to: '2 us', step: '500 ns' }, ['1 us', '1.5 us', '2 us']],
])('%j is %j', (range, values) => {
  expect(rangeOf(range)).toEqual(values)
})

test.each([
  [{ from: '96 GB/s', to: '4 ns', step: 1 }, 'to'],
  [{ from: '96 GB/s', to: 200, factor: 2 }, 'to'],
  [{ from: 8, to: 8, step: 1 }, 'to'],
  [{ from: 'wide', to: 'wider', step: 1 }, 'from'],
  [{ from: 0, to: 8, factor: 2 }, 'from'],
  [{ from: 1, to: 8, step: 0 }, 'step'],
  [{ from: '1 ns', to: '8 ns', step: '1 B' }, 'step'],
  [{ from: 1, to: 8 }, undefined],
  [{ from: 1, to: 8, step: 1, count: 3 }, undefined],
  [{ from: 1, to: 1e9, step: 1 }, undefined],
])('%j is refused for its %s', (range, key) => {
  expect(rangeOf(range)).toMatchObject({ key, expected: expect.any(String) })
})

test('a range of so many values has so many, ascending, from its first to its last', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 2, max: 50 }),
      (from, width, count) => {
        const values = rangeOf({ from, to: from + width, count }) as number[]
        expect(values).toHaveLength(count)
        expect([values[0], values.at(-1)]).toEqual([from, from + width])
        expect(values).toEqual(values.toSorted((a, b) => a - b))
      },
    ),
  )
})

// The Pareto front against its definition, and the metrics it may be asked for.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { frontOf, readObjectives } from '../../src/sweep/pareto.ts'

const dominates = (a: readonly number[], b: readonly number[]) =>
  a.every((cost, i) => cost <= b[i]!) && a.some((cost, i) => cost < b[i]!)

test('the front is exactly the rows that no row dominates', () => {
  const cost = fc.integer({ min: 0, max: 6 })
  fc.assert(
    fc.property(fc.array(fc.tuple(cost, cost, cost), { maxLength: 40 }), (all) => {
      const rows = all.map((costs, key) => ({ key, costs }))
      const expected = rows.filter(({ costs }) => !rows.some((other) => dominates(other.costs, costs)))
      const found = frontOf(rows).map(({ key }) => key)
      expect(found.toSorted((a, b) => a - b)).toEqual(expected.map(({ key }) => key))
    }),
  )
})

test('objectives are two known metrics or more', () => {
  expect(readObjectives('latency, energy,speedup')).toEqual(['latency', 'energy', 'speedup'])
  expect(() => readObjectives('latency,enrgy')).toThrow('did you mean "energy"?')
  expect(() => readObjectives('latency')).toThrow('two different metrics')
  expect(() => readObjectives('latency,latency')).toThrow('two different metrics')
})

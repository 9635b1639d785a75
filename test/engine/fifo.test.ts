// Who comes first is taken first, whatever comes and goes in between.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Fifo } from '../../src/engine/fifo.ts'

test('items are taken in the order in which they came, and nothing where none is left', () => {
  const steps = fc.array(fc.oneof(fc.constant('take' as const), fc.nat()))
  fc.assert(
    fc.property(steps, (all) => {
      const fifo = new Fifo<number>()
      const expected: number[] = []
      for (const step of [...all, 'take', 'take'] as const) {
        if (step === 'take') expect(fifo.shift()).toBe(expected.shift())
        else {
          fifo.push(step)
          expected.push(step)
        }
      }
    }),
  )
})

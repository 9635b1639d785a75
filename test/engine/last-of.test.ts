// One callback for several things that end.
import { expect, test } from 'vitest'
import { onLastOf } from '../../src/engine/last-of.ts'

test.each([1, 3])('of %i things the last one calls back, once', (times) => {
  let calls = 0
  const end = onLastOf(times, () => calls++)
  for (let i = 1; i < times; i++) {
    end()
    expect(calls).toBe(0)
  }
  end()
  expect(calls).toBe(1)
  end()
  expect(calls).toBe(1)
})

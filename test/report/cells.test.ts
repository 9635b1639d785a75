// Numbers as people read them.
import { expect, test } from 'vitest'
import { amount, rate } from '../../src/report/cells.ts'

test.each([
  [0, '0'],
  [901.4, '901'],
  [1270, '1,270'],
  [9999.4, '9,999'],
  [9999.5, '10.0 k'],
  [66_983.6, '67.0 k'],
  [999_499, '999 k'],
  [999_500, '1.00 M'],
  [1_234_567, '1.23 M'],
  [2.5e9, '2.50 G'],
  [7e18, '7.00e+3 P'],
])('%d a second are %s', (value, text) => {
  expect(rate(value)).toBe(text)
})

test('an amount stands with its unit, scaled where it is large', () => {
  expect(amount(1270, 'token/s')).toBe('1270 token/s')
  expect(amount(1_234_567, 'token/s')).toBe('1.23 M token/s')
  expect(amount(30.4e9, 'ps')).toBe('30.4 ms')
})

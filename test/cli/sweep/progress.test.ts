// The words of the progress bar of a sweep.
import { expect, test } from 'vitest'
import { duration, sweepLabel } from '../../../src/cli/sweep/progress.ts'

test('the label counts points, their rate, and the time left by the share of work that is done', () => {
  expect(sweepLabel(0, 100, 0, 0)).toBe('0/100 points')
  expect(sweepLabel(20, 100, 0.25, 10_000)).toBe('20/100 points, 2.00 points/s, 30 s left')
})

test.each([
  [0.2, '1 s'],
  [89, '89 s'],
  [600, '10 min'],
  [12_000, '3 h 20 min'],
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text)
})

// Sentences cut to two lines.
import { expect, test } from 'vitest'
import { twoLines } from '../../../src/report/reproduce/two-lines.ts'

test('a short sentence stays as it is, a longer one breaks between words', () => {
  expect(twoLines('a b')).toBe('a b')
  const long = `${'word '.repeat(30)}end`
  const lines = twoLines(long).split('\n')
  expect(lines).toHaveLength(2)
  expect(lines.join(' ')).toBe(long)
})

test('what two lines do not take is left out, and three dots say so', () => {
  for (const text of ['word '.repeat(99), 'x'.repeat(450), `${'x'.repeat(101)} y`]) {
    const lines = twoLines(text).split('\n')
    expect(lines.length).toBeLessThanOrEqual(2)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100)
  }
  expect(twoLines('word '.repeat(99))).toMatch(/ \.\.\.$/)
})

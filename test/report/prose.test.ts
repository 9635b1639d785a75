// Text for the terminal: no line is wider than told, no word is cut, nothing is lost.
import { Chalk } from 'chalk'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { factLines, prose } from '../../src/report/prose.ts'

const word = fc.stringMatching(/^[a-z]{1,12}$/)

test('lines are as wide as told, further ones set in, and say the same', () => {
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 20, max: 90 }),
      fc.nat(8),
      (words, width, indent) => {
        const text = words.join(' ')
        const lines = prose(text, width, indent).split('\n')
        // What stands before the first line takes as much room.
        for (const [i, line] of lines.entries())
          expect(line.length + (i === 0 ? indent : 0)).toBeLessThanOrEqual(width)
        for (const line of lines.slice(1)) expect(line.slice(0, indent).trim()).toBe('')
        expect(lines.map((line) => line.trim()).join(' ')).toBe(text)
      },
    ),
  )
})

test('a long id breaks between its options', () => {
  expect(prose('ep:cache=lru,miss=best', 14)).toBe('ep:cache=lru,\nmiss=best')
})

test('a width without end leaves the line as it is', () => {
  const text = 'word '.repeat(60).trimEnd()
  expect(prose(text, Number.POSITIVE_INFINITY)).toBe(text)
})

test('facts stand beside their labels, on all their lines', () => {
  const facts = [
    { label: 'model', text: 'one two three four five' },
    { label: 'seed', text: '1' },
  ]
  expect(factLines(facts, new Chalk({ level: 0 }), 20)).toBe(
    'model     one two\n          three four\n          five\nseed      1\n',
  )
  // A label that is longer than the others moves its own text.
  expect(factLines([{ label: 'extrapolated', text: 'one two' }], new Chalk({ level: 0 }), 20)).toBe(
    'extrapolated one two\n',
  )
})

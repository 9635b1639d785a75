// Sentences cut to what a reader takes in at a glance.
import { expect, test } from 'vitest'
import { shortened } from '../../../src/report/reproduce/shortened.ts'

test('a sentence of up to 200 characters stays as it is', () => {
  for (const text of ['a b', `${'word '.repeat(39)}ended`, 'x'.repeat(200)])
    expect(shortened(text)).toBe(text)
})

test('of a longer one whole words are left, and three dots say so', () => {
  expect(shortened('word '.repeat(41))).toBe(`${'word '.repeat(39)}...`)
  expect(shortened(`${'x'.repeat(190)} and much more`)).toBe(`${'x'.repeat(190)} and ...`)
  expect(shortened('x'.repeat(201))).toBe(`${'x'.repeat(196)} ...`)
})

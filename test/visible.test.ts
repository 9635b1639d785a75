// Text from outside as it is shown: nothing in it steers a terminal, breaks a line or gives a CI system orders.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { visible, visibleLines } from '../src/visible.ts'

const UNSHOWABLE = /[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/u

test.each([
  ['a\u001b[31mRED\u001b]0;title\u0007', 'a␛[31mRED␛]0;title␇'],
  ['two\nlines\r\n', 'two␊lines␍␊'],
  ['\u0000\u007f', '␀␡'],
  ['\u009b31m', '\ufffd31m'],
  ['gpj.\u202etxt', 'gpj.\ufffdtxt'],
  ['half \ud800', 'half \ufffd'],
  ['Käse µ 日本 🎉', 'Käse µ 日本 🎉'],
])('%j is shown as %s', (text, shown) => {
  expect(visible(text)).toBe(shown)
})

test('whatever the text, a name is one line of as many characters, and is shown the same again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const shown = visible(text)
      expect(shown).not.toMatch(UNSHOWABLE)
      expect([...shown]).toHaveLength([...text].length)
      expect(visible(shown)).toBe(shown)
    }),
  )
})

test('lines keep their breaks and tabs, and no line begins with an order to a CI system', () => {
  const text = 'a\tb\n::error::x\n  ::warning::y\nc::d\u001b[2J\n'
  expect(visibleLines(text, false)).toBe('a\tb\n\\::error::x\n  \\::warning::y\nc::d␛[2J\n')
})

test('colours stay where there are colours, and nothing but colours', () => {
  const text = '\u001b[1mbold\u001b[22m \u001b]0;title\u0007 \u001b[38;5;9mred\u001b[39m \u001b[2J'
  expect(visibleLines(text, true)).toBe('\u001b[1mbold\u001b[22m ␛]0;title␇ \u001b[38;5;9mred\u001b[39m ␛[2J')
  expect(visibleLines(text, false)).not.toContain('\u001b')
})

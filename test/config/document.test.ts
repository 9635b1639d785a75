// Where parts of a config stand: what a caret underlines, and how a value is quoted.
import { expect, test } from 'vitest'
import { type Path, parseConfig } from '../../src/config/document.ts'
import { UserError } from '../../src/errors.ts'

const TEXT = `first: 1
nested: {key: some text, other: [10, 200]}
empty:
block: |
  line one
  line two
list:
  - a
  - bcd # remark
last: end`

/** Line, column and length, then what is underlined. */
function placeOf(text: string, path: Path, part: 'key' | 'value') {
  const span = parseConfig('f.yaml', text).span(path, part)
  if (span === undefined) return undefined
  const { line, column, length, lineText } = span
  expect(lineText).toBe(text.split(/\r?\n/)[line - 1])
  return [line, column, length, lineText.slice(column - 1, column - 1 + length)]
}

test.each<[Path, 'key' | 'value', unknown]>([
  [['first'], 'value', [1, 8, 1, '1']],
  [['first'], 'key', [1, 1, 5, 'first']],
  [['nested', 'key'], 'value', [2, 15, 9, 'some text']],
  [['nested', 'other', 1], 'value', [2, 38, 3, '200']],
  // An element of a list has no key.
  [['nested', 'other', 1], 'key', [2, 38, 3, '200']],
  [['list', 1], 'value', [9, 5, 3, 'bcd']],
  [['last'], 'value', [10, 7, 3, 'end']],
  // What goes on over lines is underlined to the end of the first.
  [['block'], 'value', [4, 8, 1, '|']],
  [['list'], 'value', [8, 3, 3, '- a']],
  [['gone'], 'value', undefined],
  [['nested', 'other', 2], 'value', undefined],
  [['first', 'deeper'], 'value', undefined],
])('%j (%s) is underlined', (path, part, place) => {
  expect(placeOf(TEXT, path, part)).toEqual(place)
})

test('lines that end as on Windows are underlined without their end', () => {
  const text = 'first: 1\r\nblock: [1,\r\n  2]\r\nlast: 3\r\n'
  expect(placeOf(text, ['block'], 'value')).toEqual([2, 8, 3, '[1,'])
  expect(placeOf(text, ['last'], 'value')).toEqual([4, 7, 1, '3'])
})

test('at least one character is underlined', () => {
  expect(placeOf('a:\nb: 1', ['a'], 'value')).toEqual([1, 3, 1, ''])
})

test('a long JSON is underlined in the same way', () => {
  const filler = 'x'.repeat(1_100_000)
  const text = `{"first": 12,\n "list": [true,\n  "${filler}"],\n "last": "end"}`
  expect(placeOf(text, ['first'], 'value')).toEqual([1, 11, 2, '12'])
  expect(placeOf(text, ['list'], 'value')).toEqual([2, 10, 6, '[true,'])
  expect(placeOf(text, ['last'], 'value')).toEqual([4, 10, 5, '"end"'])
  expect(placeOf(text, ['last'], 'key')).toEqual([4, 2, 6, '"last"'])
})

test('a long JSON that breaks off is refused where it does, and one with a key twice at the second', () => {
  const filler = 'x'.repeat(1_100_000)
  const faultOf = (text: string) => {
    try {
      return parseConfig('f.json', text).value
    } catch (error) {
      return error instanceof UserError && error.diagnostics
    }
  }
  expect(faultOf(`{"a": "${filler}",\n "b": [1,, 2]}`)).toMatchObject([
    {
      code: 'syntax',
      args: { what: expect.stringContaining('not valid JSON: ') },
      span: { line: 2, column: 10 },
    },
  ])
  expect(faultOf(`{"a": "${filler}",\n "a": 1}`)).toMatchObject([
    { code: 'duplicate-key', args: { key: 'a' }, span: { line: 2, column: 2 } },
  ])
})

test('a value is quoted as it is written, shortened to 60 characters', () => {
  const written = (text: string) => parseConfig('f.yaml', `a: ${text}`).written(['a'])
  expect(written('0x10')).toBe('0x10')
  expect(written(`[1,\n   2]`)).toBe('[1, 2]')
  expect(written('x'.repeat(60))).toBe('x'.repeat(60))
  expect(written('x'.repeat(61))).toBe(`${'x'.repeat(57)}...`)
  expect(parseConfig('f.yaml', 'a: 1').written(['b'])).toBeUndefined()
})

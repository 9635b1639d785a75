// What a schema finds wrong, in words: never those of the library, which speak of undefined and NaN.
import { expect, test } from 'vitest'
import * as z from 'zod'
import { issueText } from '../../src/trace/issue-text.ts'

const schema = z.strictObject({
  count: z.number().int().min(1).max(9),
  kind: z.enum(['a', 'b']),
  rows: z.array(z.string()).min(1),
  hash: z.string().regex(/^x/).optional(),
})
const right = { count: 1, kind: 'a', rows: ['r'] }

test.each([
  [{ ...right, count: undefined }, 'count must be a number'],
  [{ ...right, count: Number.NaN }, 'count must be a number'],
  [{ ...right, count: 0.5 }, 'count must be a whole number'],
  [{ ...right, count: 0 }, 'count must be at least 1'],
  [{ ...right, count: 10 }, 'count must be at most 9'],
  [{ ...right, kind: 'c' }, 'kind must be a or b'],
  [{ ...right, rows: [] }, 'rows must be at least 1'],
  [{ ...right, rows: [undefined] }, 'rows.0 must be a text'],
  [{ ...right, more: 1 }, 'the whole has the unknown key more'],
  [{ ...right, hash: 'y' }, 'hash is not as moesim writes it'],
  [undefined, 'the whole must be a mapping'],
])('%j: %s', (value, text) => {
  const { error } = schema.safeParse(value)
  expect(issueText(error!.issues)).toBe(text)
})

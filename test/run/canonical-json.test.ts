// Canonical JSON: what the config hash is taken of.
import { expect, test } from 'vitest'
import { canonicalJson } from '../../src/run/canonical-json.ts'

test('the order in which keys were written makes no difference, the order of lists does', () => {
  expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: true })).toBe(
    '{"a":true,"b":[1,{"c":"x","d":null}]}',
  )
  expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]))
})

test('absent keys are left out', () => {
  expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}')
})

test('a number that JSON does not have is a bug, not a silent null', () => {
  expect(() => canonicalJson({ a: Number.POSITIVE_INFINITY })).toThrow('no JSON number for Infinity')
})

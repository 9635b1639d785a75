// Patterns of module names: globs and regular expressions, without the traps of a backtracking engine.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  globPattern,
  matches,
  type Pattern,
  regexPattern,
} from '../../../../src/config/families/precision/pattern.ts'

const isMatch = (pattern: Pattern | undefined, name: string) => pattern && matches(pattern, name)

describe('a glob', () => {
  test.each<[string, string, boolean]>([
    ['layers.*.self_attn*', 'layers.3.self_attn.q_proj', true],
    ['layers.*.self_attn', 'layers.3.self_attn.q_proj', true],
    ['layers.*.self', 'layers.3.self_attn.q_proj', false],
    ['*.gate', 'layers.3.mlp.gate_proj', false],
    ['layers.?.mlp', 'layers.12.mlp.up_proj', false],
    ['layers.1*', 'layers.12.mlp.up_proj', true],
    ['mlp.*', 'layers.3.mlp.up_proj', false],
  ])('%s against %s: %s', (glob, name, expected) => {
    expect(isMatch(globPattern(glob), name)).toBe(expected)
  })
})

describe('a regular expression', () => {
  test('matches what the engine of the language matches from the start', () => {
    const atom = fc.constantFrom(
      'a',
      'b',
      '\\.',
      '.',
      '[ab]',
      '[a-c]',
      '\\d',
      '[0-9]',
      '(?:a|bc)',
      '(b|\\.c|)',
    )
    const quantified = fc
      .tuple(atom, fc.constantFrom('', '', '*', '+', '?'))
      .map(([text, how]) => (/^\(/.test(text) && how !== '?' ? text : text + how))
    const regex = fc.tuple(fc.array(quantified, { maxLength: 6 }), fc.constantFrom('', '$'))
    const name = fc.stringMatching(/^[abc.\d]{0,12}$/)
    fc.assert(
      fc.property(regex, name, ([parts, end], text) => {
        const written = parts.join('') + end
        expect(isMatch(regexPattern(written), text)).toBe(new RegExp(`^(?:${written})`, 's').test(text))
      }),
      { numRuns: 500 },
    )
  })

  test.each([
    '(a+)+$',
    'a{2}',
    '(?!a)b',
    '[^a]',
    'a**',
    '(a',
    'a)',
    '\\bx',
    'a\\',
    '(a|b'.repeat(9),
    'x'.repeat(500),
  ])('%s is not understood, rather than read as something else', (written) => {
    expect(regexPattern(written)).toBeUndefined()
  })

  test('alternatives beyond sense are not understood', () => {
    expect(regexPattern('(a|b)'.repeat(6))).toBeDefined()
    expect(regexPattern('(a|b)'.repeat(7))).toBeUndefined()
  })

  test('takes no more steps for many wildcards in a row', () => {
    expect(isMatch(regexPattern(`${'.*'.repeat(60)}x$`), 'a'.repeat(300))).toBe(false)
  })
})

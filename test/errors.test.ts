// Findings as text: one line each, the source line with a caret, and the nearest allowed name.
import { describe, expect, test } from 'vitest'
import { fail, finding, invariant, nearest, render, describe as text, UserError } from '../src/errors.ts'

const at = (lineText: string, column: number, length: number) => ({
  file: 'a.yaml',
  span: { line: 3, column, length, lineText },
})

describe('render', () => {
  test('shows place, severity, text, the line and a caret under the value', () => {
    const d = finding(
      'bad-value',
      { where: 'link.latency', expected: 'a time', got: '5' },
      at('  latency: 5', 12, 1),
    )
    expect(render(d)).toBe(
      'a.yaml:3:12 error: link.latency must be a time, got 5\n   3 |   latency: 5\n     |            ^',
    )
  })

  test('a finding without a place is one line, a warning says so', () => {
    expect(render(finding('usage', { what: 'no such flag' }))).toBe('error: no such flag')
    expect(render(finding('usage', { what: 'odd' }, { file: '--set', severity: 'warning' }))).toBe(
      '--set warning: odd',
    )
  })

  test('a long line is cut around the caret, which stays under its value', () => {
    const line = `${'x'.repeat(500)}VALUE${'y'.repeat(500)}`
    const [, source = '', caret = ''] = render(finding('syntax', { what: 'bad' }, at(line, 501, 5))).split(
      '\n',
    )
    expect(source.slice(caret.indexOf('^'), caret.lastIndexOf('^') + 1)).toBe('VALUE')
    expect(source.length).toBeLessThan(130)
  })
})

describe('describe', () => {
  test.each([
    [
      finding('unknown-key', { key: 'a', within: 'link', allowed: ['b', 'c'], suggestion: 'b' }),
      'unknown key "a" in link; allowed: b, c; did you mean "b"?',
    ],
    [finding('duplicate-key', { key: 'a' }), 'key "a" is given twice; keep one of them'],
    [
      finding('missing-key', { key: 'a', within: 'link', hint: 'it is a time' }),
      'link needs "a"; it is a time',
    ],
    [finding('unknown-name', { kind: 'model', name: 'x', allowed: [] }), 'unknown model "x"; known: nothing'],
    [finding('file', { action: 'read', reason: 'gone' }), 'cannot read: gone'],
    [
      finding('capacity', { what: 'ep', needs: '2 B', has: '1 B', hint: 'less' }),
      'ep needs 2 B; available: 1 B; less',
    ],
  ])('%#', (d, line) => {
    expect(text(d)).toBe(line)
  })
})

describe('nearest', () => {
  test.each([
    ['bandwith', ['bandwidth', 'latency'], 'bandwidth'],
    ['LATENCY', ['bandwidth', 'latency'], 'latency'],
    ['xyz', ['bandwidth', 'latency'], undefined],
    ['ep', ['fse-dp', 'hydra'], undefined],
    ['', ['a'], 'a'],
  ])('%j among %j is %j', (name, allowed, found) => {
    expect(nearest(name, allowed)).toBe(found)
  })
})

describe('throwing', () => {
  test('fail throws one finding as a user error with its text as message', () => {
    expect(() => fail('usage', { what: 'no' })).toThrow(UserError)
    expect(() => fail('usage', { what: 'no' })).toThrow('no')
  })

  test('invariant is silent when it holds and builds its message only when it does not', () => {
    expect(() => invariant(true, () => 'never')).not.toThrow()
    expect(() => invariant(false, () => 'late')).toThrow('late')
  })
})

// Findings about configs: reserved keys wherever they are, and one finding for one value.
import { expect, test } from 'vitest'
import { parseConfig } from '../../src/config/document.ts'
import { reporter, reportReserved } from '../../src/config/validate.ts'
import { viewOf } from '../../src/config/view.ts'

const TEXT = 'a:\n  constructor: 1\nb:\n  - prototype: 2\nc: {d: 3}\n'
const view = viewOf(parseConfig('f.yaml', TEXT))

/** The keys that are found, with their lines. */
const found = (report = reporter(view, 'the file')) => {
  reportReserved(view.value, [], report)
  return report.findings.map((one) => [one.code === 'unknown-key' && one.args.key, one.span?.line])
}

test('reserved keys are unknown ones, however deep, also in lists', () => {
  expect(found()).toEqual([
    ['constructor', 2],
    ['prototype', 4],
  ])
})

test('those that are found already are not found again, whatever else is wrong', () => {
  const report = reporter(view, 'the file')
  report.at('unknown-key', ['c', 'd'], { key: 'd', within: 'c', allowed: [] }, 'key')
  report.at('unknown-key', ['a', 'constructor'], { key: 'constructor', within: 'a', allowed: [] }, 'key')
  report.badValue(['c'], 'a number')
  expect(found(report)).toEqual([
    ['d', 5],
    ['constructor', 2],
    [false, 5],
    ['prototype', 4],
  ])
})

test('a value has one finding, however many rules it breaks, with what it is called and how it is written', () => {
  const report = reporter(view, 'the file')
  report.badValue(['c', 'd'], 'above 3')
  report.badValue(['c', 'd'], 'below 3', 'two')
  report.badValue(['b', 0], 'a number', 'one', ['b: [1]'])
  report.badValue([], 'a list')
  expect(report.findings.map(({ args }) => args)).toEqual([
    { where: 'c.d', expected: 'above 3', got: '3' },
    { where: 'b[0]', expected: 'a number', got: 'prototype: 2', suggestion: 'one', example: ['b: [1]'] },
    { where: 'the file', expected: 'a list', got: expect.any(String) },
  ])
})

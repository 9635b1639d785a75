// Tables are no wider than a terminal: text wraps between words, columns without room stand below, no word is cut.
import { Chalk } from 'chalk'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fitGrid, TABLE_COLUMNS } from '../../src/report/fit.ts'
import { type GridColumn, renderGrid } from '../../src/report/grid.ts'

const plain = new Chalk({ level: 0 })
const left = (header: string): GridColumn => ({ header, align: 'left' })
const right = (header: string): GridColumn => ({ header, align: 'right' })

test('headers wrap first, then ids between options, intervals before their sign and text between words', () => {
  const columns = [left('scheduler'), right('compute utilization [%]'), right('latency'), left('what')]
  const rows = [['fse-dp:paired=true,slots=4', '3.5', '12.3 ms ± 0.250 ms', 'some words of text']]
  expect(renderGrid(columns, rows, plain, 72)).toBe(
    [
      '                         compute',
      '                     utilization',
      'scheduler                    [%]             latency  what',
      '-------------------  -----------  ------------------  ------------------',
      'fse-dp:paired=true,          3.5  12.3 ms ± 0.250 ms  some words of text',
      'slots=4',
      '',
    ].join('\n'),
  )
  expect(renderGrid(columns, rows, plain, 46)).toBe(
    [
      '                  compute',
      '              utilization',
      'scheduler             [%]     latency  what',
      '------------  -----------  ----------  -------',
      'fse-dp:               3.5     12.3 ms  some',
      'paired=true,               ± 0.250 ms  words',
      'slots=4                                of text',
      '',
    ].join('\n'),
  )
})

test('columns that have no room stand in a table below, with what says which row it is', () => {
  const columns = [
    { ...right('point'), isKey: true as const },
    left('axis'),
    { ...left('scheduler'), isKey: true as const },
    right('latency'),
    right('energy'),
  ]
  const rows = [['1', 'abcdefgh', 'ep', '1.00 ms', '2.00 mJ']]
  const grids = fitGrid({ columns, rows }, 36)
  expect(grids.map(({ rows: [row] }) => row)).toEqual([
    ['1', 'ep', 'abcdefgh', '1.00 ms'],
    ['1', 'ep', '2.00 mJ'],
  ])
})

test('nothing is lost or cut at any width, and only single words are wider than it', () => {
  const word = fc.stringMatching(/^[a-z0-9.-]{1,14}$/)
  const cell = fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join(' '))
  const grids = fc.integer({ min: 1, max: 8 }).chain((n) =>
    fc.record({
      columns: fc.array(
        fc.record({ header: cell, align: fc.constantFrom('left' as const, 'right' as const) }),
        { minLength: n, maxLength: n },
      ),
      rows: fc.array(fc.array(cell, { minLength: n, maxLength: n }), { maxLength: 4 }),
    }),
  )
  fc.assert(
    fc.property(grids, fc.constantFrom(40, TABLE_COLUMNS), ({ columns, rows }, width) => {
      const fitted = fitGrid({ columns, rows }, width)
      const shown = fitted.flatMap(({ rows: part }) =>
        part.flatMap((row) => row.map((text) => text.replaceAll('\n', ' '))),
      )
      for (const text of rows.flat().slice(0, columns.length === 1 ? 0 : undefined))
        expect(shown).toContain(text)
      const lines = renderGrid(columns, rows, plain, width).split('\n')
      // A key and another column of a word each always fit.
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(width)
    }),
  )
})

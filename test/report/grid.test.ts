// Long grids are laid out page by page, and look as if they were laid out at once.
import { Chalk } from 'chalk'
import { expect, it } from 'vitest'
import { renderGrid } from '../../src/report/grid.ts'

const chalk = new Chalk({ level: 0 })
const COLUMNS = [
  { header: 'name', align: 'left', isKey: true },
  { header: 'time\nspent', align: 'right' },
] as const

it('columns of a long grid stand where its widest cell puts them, on every page', () => {
  const rows = Array.from({ length: 400 }, (_, i) => [i === 333 ? 'the longest' : 'short', `${i} us`])
  const lines = renderGrid(COLUMNS, rows, chalk).trimEnd().split('\n')
  expect(lines.slice(0, 4)).toEqual([
    '               time',
    'name          spent',
    '-----------  ------',
    'short          0 us',
  ])
  expect(lines).toHaveLength(403)
  expect(new Set(lines.slice(1).map(({ length }) => length))).toEqual(new Set([19]))
  expect(lines.at(-1)).toBe('short        399 us')
})

it('characters that take two columns of a terminal are not cut', () => {
  const text = renderGrid(
    COLUMNS,
    [
      ['専門家', '1 us'],
      ['die', '2 us'],
    ],
    chalk,
  )
  expect(text).toBe(
    `${['         time', 'name    spent', '------  -----', '専門家   1 us', 'die      2 us'].join('\n')}\n`,
  )
})

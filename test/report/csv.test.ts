// Cells of CSV: quoted where they must be, and never a formula that a spreadsheet would compute.
import { expect, test } from 'vitest'
import { csvRow } from '../../src/report/csv.ts'

test.each([
  ['=1+1', "'=1+1"],
  ['=HYPERLINK("http://x","y")', `"'=HYPERLINK(""http://x"",""y"")"`],
  ['+cmd|calc', "'+cmd|calc"],
  ['-2+3+cmd', "'-2+3+cmd"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['two\nlines', 'two␊lines'],
  ['\t=1', '␉=1'],
])('a text like a formula, %j, is a text', (field, written) => {
  expect(csvRow([field, 'b'])).toBe(`${written},b\n`)
})

test.each(['-0.5', '+3', '-1e-7', '1.5E+20', '-.5', '0', '', 'ep:placement=balanced', '-'])(
  '%j stays as it is',
  (field) => {
    expect(csvRow([field])).toBe(`${field}\n`)
  },
)

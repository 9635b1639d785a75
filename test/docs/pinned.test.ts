// The documents show what the program does: outputs, tables of names and files in them are what they are today.
import { describe, expect, test } from 'vitest'
import { TRACE_FORMAT_IDS } from '../../src/trace/formats/format-ids.ts'
import { blocksOf, DOCUMENTS, inlineCode, ROOT, readFile } from './documents.ts'
import { renewed } from './renewed.ts'
import { tableRows } from './tables.ts'

/** Its output takes most of a minute: see accuracy.slow.test.ts. */
const SLOW = 'docs/accuracy.md'

test.each(DOCUMENTS.filter((path) => path !== SLOW))(
  '%s shows what the program prints, its tables and files as they are (vitest -u writes it anew)',
  async (path) => {
    await expect(await renewed(readFile(path))).toMatchFileSnapshot(`${ROOT}${path}`)
  },
)

test('docs/traces.md names every trace format', () => {
  const named = inlineCode(readFile('docs/traces.md'))
  expect(TRACE_FORMAT_IDS.filter((id) => !named.includes(id))).toEqual([])
})

describe('a renewed document', () => {
  const stale = [
    '```console\n$ npx moesim schema list\nan old output\n```',
    '<!-- table: predictors -->\n| name | what |\n|---|---|\n| `old` | row |\n\nText stays.',
    '<!-- file: docs/../LICENSE -->\n```\nan old file\n```\n',
  ].join('\n\n')

  test('has outputs, rows and files put in, and all else kept', async () => {
    const text = await renewed(stale)
    expect(blocksOf(text, 'console')).toEqual([
      '$ npx moesim schema list\nhardware\nmodel\nexperiment\ncheck\nresult\n',
    ])
    expect(text).toContain(`|---|---|\n${await tableRows('predictors')}\nText stays.`)
    expect(blocksOf(text, '')).toEqual([readFile('LICENSE')])
  })

  test('is itself when renewed again', async () => {
    const once = await renewed(stale)
    expect(await renewed(once)).toBe(once)
  })
})

// Entries of a JSON object of lists come in the order of the file, however it is cut into pieces, and each may be so long.
import { describe, expect, test } from 'vitest'
import { Findings } from '../../../src/trace/findings.ts'
import { type ListEntry, listEntries } from '../../../src/trace/formats/list-entries.ts'

const MOST_CHARACTERS = 2 ** 20

async function* encoded(texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield new TextEncoder().encode(text)
}

async function entriesOf(...texts: string[]): Promise<ListEntry[]> {
  const all: ListEntry[] = []
  for await (const entries of listEntries(encoded(texts), new Findings('f.json'))) all.push(...entries)
  return all
}

describe('entries', () => {
  test('have the order of the file and its repetitions, which objects of JSON lose', async () => {
    expect(await entriesOf('{"7": [1, 2],', ' "0": [], "7"', ':[3]}\n')).toEqual([
      { key: '7', list: [1, 2] },
      { key: '0', list: [] },
      { key: '7', list: [3] },
    ])
    expect(await entriesOf('{', '}')).toEqual([])
  })

  test('may together be longer than any of them may be', async () => {
    const ids = Array.from({ length: 100 }, (_, i) => i).join()
    const many = Array.from({ length: 3000 }, (_, i) => `"${i}":[${ids}]`)
    const text = `{${many.join()}}`
    expect(text.length).toBeGreaterThan(MOST_CHARACTERS * 0.75)
    expect(await entriesOf(text)).toHaveLength(3000)
  })

  test('are refused where one does not end after so many characters', async () => {
    const start = '"0": [1'
    const blanks = ' '.repeat(MOST_CHARACTERS - start.length)
    expect(await entriesOf(`{${start}${blanks}`, '], "1": [2]}')).toEqual([
      { key: '0', list: [1] },
      { key: '1', list: [2] },
    ])
    await expect(entriesOf(`{${start}${blanks} `, ']}')).rejects.toThrow(
      'an entry is longer than 1048576 characters',
    )
  })
})

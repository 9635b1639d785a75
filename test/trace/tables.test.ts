// Tables of a trace: whatever pieces they come in, one array a layer, in memory that threads share.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SharedTables, tableSource } from '../../src/trace/tables.ts'
import { memoryIo } from '../helpers/memory-io.ts'

const requestOf = (id: number, ids: readonly number[]) => ({
  ...{ id: `r${id}`, prefillTokens: 0, tokens: ids.length },
  columns: new Map([
    [2, Uint16Array.from(ids)],
    [5, Uint16Array.from(ids, (expert) => expert + 1)],
  ]),
})

test('requests of any lengths stand one behind the other, in shared memory', () => {
  const lengths = fc.array(fc.array(fc.nat(1000), { maxLength: 300 }), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(lengths, (requests) => {
      const taken = new SharedTables()
      for (const [id, ids] of requests.entries()) taken.take(requestOf(id, ids))
      const all = requests.flat()
      expect([...taken.tables.keys()]).toEqual([2, 5])
      expect([...taken.tables.get(2)!]).toEqual(all)
      expect([...taken.tables.get(5)!]).toEqual(all.map((expert) => expert + 1))
      for (const table of taken.tables.values()) expect(table.buffer).toBeInstanceOf(SharedArrayBuffer)
    }),
  )
})

test('a source holds the tables themselves, and so does what other threads are given of it', () => {
  const taken = new SharedTables()
  taken.take(requestOf(0, [3, 4]))
  const { tables } = taken
  const facts = { label: 't', experts: 8, topK: 1, requests: [{ id: 'r0', prefillTokens: 0, tokens: 2 }] }
  const source = tableSource(memoryIo(), facts, tables)
  expect(source.layerExperts(5)).toBe(tables.get(5))
  const { portable } = source
  expect(portable).toMatchObject({ kind: 'tables', sha256: source.sha256 })
  expect(portable.kind === 'tables' && portable.tables.get(2)).toBe(tables.get(2))
})

test('what was taken is not changed by who handed it over', () => {
  const taken = new SharedTables()
  const request = requestOf(0, [1, 2])
  taken.take(request)
  request.columns.get(2)![0] = 9
  expect([...taken.tables.get(2)!]).toEqual([1, 2])
})

// Lines of the results of a sweep, read one by one: the right bytes in any order, and few reads.
import { expect, test } from 'vitest'
import { LineReader, type StoredPoint } from '../../src/sweep/folder.ts'
import { memoryIo } from '../helpers/memory-io.ts'

/** Longer together than what is read at once; some with letters of several bytes. */
const LINES = Array.from({ length: 3000 }, (_, i) => `${i} ${'µx'.repeat(100 + (i % 7))}`)

const FILES = ['a.jsonl', 'b.jsonl']

function stored(file: string): StoredPoint[] {
  let start = 0
  return LINES.map((line) => {
    const end = start + Buffer.byteLength(line)
    const point = { file, start, end, traceSha256: undefined, isRefused: false }
    start = end + 1
    return point
  })
}

function counting(files: readonly string[] = FILES, lines = LINES) {
  const text = `${lines.join('\n')}\n`
  const io = memoryIo(Object.fromEntries(files.map((file) => [file, text])))
  let reads = 0
  const readRange: typeof io.readRange = (path, start, end) => {
    reads++
    return io.readRange(path, start, end)
  }
  return { io: { ...io, readRange }, reads: () => reads }
}

test('files that take turns are read in large pieces', async () => {
  const { io, reads } = counting()
  const lines = new LineReader(io, FILES.length)
  const [a, b] = FILES.map(stored)
  for (const [i, line] of LINES.entries()) {
    expect(await lines.lineAt(a![i]!)).toBe(line)
    expect(await lines.lineAt(b![i]!)).toBe(line)
  }
  expect(reads()).toBeLessThan(20)
})

test('a line is the same in whatever order it is asked for', async () => {
  const { io } = counting()
  const lines = new LineReader(io, FILES.length)
  const points = stored('a.jsonl')
  for (const i of [2999, 0, 1500, 1499, 2999, 3]) expect(await lines.lineAt(points[i]!)).toBe(LINES[i])
})

test('hundreds of files that take turns are read once, not again for each line', async () => {
  const files = Array.from({ length: 300 }, (_, i) => `${i}.jsonl`)
  const few = LINES.slice(0, 300)
  const { io, reads } = counting(files, few)
  const lines = new LineReader(io, files.length)
  const points = stored('0.jsonl').slice(0, few.length)
  const others: string[] = []
  for (const [i, point] of points.entries()) {
    for (const file of files) {
      if ((await lines.lineAt({ ...point, file })) !== LINES[i]) others.push(`${file}:${i}`)
    }
  }
  expect(others).toEqual([])
  expect(reads()).toBe(files.length)
})

// What a trace path stands for: files, directories, their order, and what is skipped.
import { expect, it } from 'vitest'
import { type Io, IoError } from '../../src/io.ts'
import { compareNatural } from '../../src/trace/natural-order.ts'
import { openTrace, readTrace } from '../../src/trace/open.ts'
import { memoryIo } from '../helpers/memory-io.ts'

const MODEL = { model: 'm', experts: 8, topK: 1, moeLayers: [1] }
const one = (expert: number) => `[{"1":[[${expert}]]}]`
const ids = async (io: Io, path: string) => (await openTrace(io, path, MODEL)).requests.map(({ id }) => id)

it('A directory gives its requests in natural path order, subdirectories too', async () => {
  const io = memoryIo({
    'd/10.json': one(1),
    'd/2.json': one(2),
    'd/s10/1.json': one(3),
    'd/s9/1.json': one(4),
    'd/s9/01.json': one(5),
  })
  const source = await openTrace(io, 'd', MODEL)
  expect(source.requests.map(({ id }) => id)).toEqual(['2', '10', 's9/01', 's9/1', 's10/1'])
  expect([...source.layerExperts(1)]).toEqual([2, 1, 5, 4, 3])
})

it('Bytes are told as they are read, of all files together, and never more than there are', async () => {
  const files = { 'd/1.json': one(1), 'd/2.json': one(2), 'd/3.json': one(3) }
  const total = Object.values(files).reduce((sum, text) => sum + text.length, 0)
  const told: (readonly [number, number])[] = []
  const onProgress = (...state: [number, number]) => void told.push(state)
  await readTrace(memoryIo(files), 'd', MODEL, { onProgress })
  const done = told.map(([bytes]) => bytes)
  expect(done[0]).toBe(7)
  expect(done).toEqual([...done].sort((a, b) => a - b))
  expect(told.at(-1)).toEqual([total, total])
  expect(new Set(told.map(([, of]) => of))).toEqual(new Set([total]))
})

it('Natural order compares runs of digits as numbers of any size', () => {
  const names = ['a10', 'a2b', 'a2', 'a02', 'a', 'B1', '99999999999999999999', '100000000000000000000', '1']
  const sorted = ['1', '99999999999999999999', '100000000000000000000', 'B1', 'a', 'a02', 'a2', 'a2b', 'a10']
  expect(names.sort(compareNatural)).toEqual(sorted)
  expect(compareNatural('x', 'x')).toBe(0)
})

it('Files of other kinds and layouts in a directory are skipped', async () => {
  const io = memoryIo({
    'd/1.json': one(1),
    'd/PROVENANCE.md': 'text',
    'd/x.npy': Uint8Array.of(0x93, 0, 1),
    'd/.hidden.json': 'junk',
    'd/foreign.csv': 'Layer ID,Token\n1,2\n',
    'd/foreign.jsonl': '{"timestamp":0}\n{"timestamp":1}\n',
    'd/compact.json': '{"router_data":[1]}',
    'd/original/pretty.json': '{\n  "router_data": [1]\n}\n',
    'd/original/list.json': '[1, 2]',
    'd/original/records.json': '[{"layer": [1]}]',
  })
  expect(await ids(io, 'd')).toEqual(['1'])
})

it('Formats may mix in one directory', async () => {
  const io = memoryIo({
    'd/1.json': one(1),
    'd/2.csv': 'request,token,phase,layer,experts\nx,0,decode,1,3\ny,0,decode,1,4\n',
    'd/3.jsonl': '{"problem_id":5,"layer":1,"experts":[3],"token_idx":0}\n',
  })
  expect(await ids(io, 'd')).toEqual(['1', 'x', 'y', '5'])
})

it('A linked file or directory, listed as other, is followed', async () => {
  const io = memoryIo({ 'd/1.json': one(1), 'd/s/2.json': one(2) })
  const linked: Io = {
    ...io,
    list: async (path) => (await io.list(path)).map(({ name }) => ({ name, kind: 'other' })),
  }
  expect(await ids(linked, 'd')).toEqual(['1', 's/2'])
})

it('Progress counts the bytes on disk up to their sum', async () => {
  const io = memoryIo({ 'd/1.json': one(1), 'd/2.json': one(2), 'd/README.md': 'no trace' })
  const seen: [number, number][] = []
  await openTrace(io, 'd', MODEL, (done, total) => seen.push([done, total]))
  const total = one(1).length + one(2).length
  expect(seen.at(-1)).toEqual([total, total])
  expect(seen.map(([done]) => done)).toEqual(seen.map(([done]) => done).sort((a, b) => a - b))
})

it('An error of the file system names the file and keeps its reason', async () => {
  const io = memoryIo({ 'd/1.json': one(1) })
  const broken: Io = {
    ...io,
    // biome-ignore lint/correctness/useYield: it fails before its first chunk
    async *read(path) {
      throw new IoError(path, 'permission denied')
    },
  }
  await expect(openTrace(broken, 'd', MODEL)).rejects.toMatchObject({
    diagnostics: [{ code: 'file', file: 'd/1.json', args: { action: 'read', reason: 'permission denied' } }],
  })
})

it('A layer that the trace does not cover is a bug of the caller', async () => {
  const source = await openTrace(memoryIo({ t: one(1) }), 't', { ...MODEL, moeLayers: [1, 2] })
  expect(() => source.layerExperts(2)).toThrow('layer 2 asked of trace t')
})

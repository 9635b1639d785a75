// Choosing the format by name, what a folder leaves out, stopping early, and lines without an end.
import { describe, expect, it } from 'vitest'
import { describe as text } from '../../../src/errors.ts'
import type { Io } from '../../../src/io.ts'
import { openTrace, readTrace, statedModel } from '../../../src/trace/open.ts'
import { memoryIo } from '../../helpers/memory-io.ts'
import { npy } from './arrays/arrays.ts'
import { csv, META } from './bad-input.ts'
import { findingsOf, MINI, read } from './mini.ts'

const TABLE = csv('a,0,decode,1,0 1', 'a,0,decode,3,2 3', 'b,0,decode,1,4 5', 'b,0,decode,3,6 7')
const STEPS = '[{"1":[[0,1]],"3":[[2,3]]}]'
const ARRAY = npy([1, 2, 2], Uint8Array.from([0, 1, 2, 3]))
const ZEROS = npy([2, 2, 8], new Float64Array(32))

describe('--from', () => {
  it('reads a named file as that format, whatever it looks like', async () => {
    const [first] = await findingsOf(read({ 't.txt': 'layer;token\n' }, 't.txt', { from: 'csv' }))
    expect(text(first!)).toBe('header must be request,token,phase,layer,experts')
    expect(await read({ t: ZEROS }, 't', { from: 'hf-logits' })).toMatchObject({ gives: 'tokens' })
    expect(text((await findingsOf(read({ t: ZEROS }, 't')))[0]!)).toBe('no selections in layer 1')
  })

  it('takes the files of that format alone out of a folder', async () => {
    const files = {
      'd/a.csv': TABLE,
      'd/c.json': STEPS,
      'd/x.npy': ARRAY,
      'd/x.npy.json': '{"input_token_count":1}',
    }
    const ids = async (from?: 'csv' | 'forecast-json' | 'vllm-npy') => {
      const trace = await read(files, 'd', { from })
      if (trace.gives !== 'tokens') throw new Error('histograms')
      return [trace.source.requests.map(({ id }) => id).join(), trace.leftOut.map(({ path }) => path).join()]
    }
    expect(await ids()).toEqual(['a,b,c', 'd/x.npy'])
    expect(await ids('csv')).toEqual(['a,b', 'd/c.json,d/x.npy'])
    expect(await ids('forecast-json')).toEqual(['c', 'd/a.csv,d/x.npy'])
    expect(await ids('vllm-npy')).toEqual(['x', 'd/a.csv,d/c.json'])
  })

  it('says that a folder has no file of that format', async () => {
    const [first] = await findingsOf(read({ 'd/a.csv': TABLE }, 'd', { from: 'parquet' }))
    expect(text(first!)).toContain('no trace in this directory: only files that are not parquet (d/a.csv)')
  })

  it('says that a named file is not of that format, where only all of it shows that', async () => {
    const [first] = await findingsOf(read({ t: '{"a":\n1}' }, 't', { from: 'forecast-json' }))
    expect(text(first!)).toContain('not a trace in the format forecast-json')
  })
})

describe('a row limit', () => {
  it('ends reading with the request that reaches it, without looking at what follows', async () => {
    const files = { 'd/1.csv': TABLE, 'd/2.csv': 'request,token,phase,layer,experts\nbroken\n' }
    const ids = async (rowLimit: number) => {
      const trace = await read(files, 'd', { rowLimit })
      return trace.gives === 'tokens' && trace.source.requests.map(({ id }) => id).join()
    }
    expect(await ids(1)).toBe('a')
    expect(await ids(2)).toBe('a')
    expect(await ids(3)).toBe('a,b')
    await expect(ids(5)).rejects.toThrow('a row has 5 fields, this one 1')
  })

  it('lets go of a file that has not come to its end', async () => {
    let isClosed = false
    const io: Io = {
      ...memoryIo({ t: TABLE }),
      async *read() {
        try {
          yield Buffer.from(TABLE)
          for (let i = 0; i < 5000; i++) yield Buffer.from(`r${i},0,decode,1,0 1\nr${i},0,decode,3,0 1\n`)
          throw new Error('read to its end')
        } finally {
          isClosed = true
        }
      },
    }
    const trace = await readTrace(io, 't', MINI, { rowLimit: 100 })
    expect(trace).toMatchObject({ gives: 'tokens', source: { requests: { length: 50 } } })
    expect(isClosed).toBe(true)
  })
})

describe('the model that a trace itself states', () => {
  it('is what the meta line of a research trace says', async () => {
    const io = memoryIo({
      'd/1.jsonl': `${JSON.stringify({ ...META, model: 'some/model', layers: [3, 1] })}\n`,
    })
    expect(await statedModel(io, 'd')).toEqual({
      model: 'some/model',
      experts: 8,
      topK: 2,
      moeLayers: [1, 3],
    })
  })

  it.each([
    ['a paper’s JSON', STEPS],
    ['a meta line without experts', `${JSON.stringify({ ...META, num_experts: undefined })}\n`],
    ['a meta line with layers that are none', `${JSON.stringify({ ...META, layers: ['1'] })}\n`],
    ['an array', ARRAY],
    ['a file of no known layout', 'hello'],
  ])('is unknown for %s', async (_, content) => {
    expect(await statedModel(memoryIo({ t: content }), 't')).toBeUndefined()
  })
})

describe('a gigabyte without a line end', () => {
  const MIB = 2 ** 20
  it.each([
    [
      'native CSV',
      `${csv('a,0,decode,1,0 1', 'a,0,decode,3,2 3')}"`,
      'a line is longer than 1048576 bytes',
      8,
    ],
    ['a comment of native CSV', '# ', 'a line is longer than 1048576 bytes', 8],
    ['research JSONL', `${JSON.stringify(META)}\n{"pos":`, 'a line is longer than 16777216 bytes', 24],
    [
      'JSONL by layer',
      '{"problem_id":1,"layer":1,"experts":[0,1],"token_idx":0}\n{',
      'a line is longer than 16777216 bytes',
      24,
    ],
    ['the paper’s JSON', '[{"1":[[0,1', 'a JSON trace of more than 268435456 bytes', 280],
    ['the SGLang recorder', '{"logical_count": [[', 'a JSON trace of more than 268435456 bytes', 280],
    ['the FSE-DP reference', '{"0": [1', 'an entry is longer than 1048576 characters', 8],
  ])('in %s is refused after a part of it', async (_, start, message, mostMib) => {
    let bytes = 0
    const chunk = Buffer.alloc(MIB, '1')
    const io: Io = {
      ...memoryIo({ t: start }),
      async *read() {
        bytes = 0
        yield Buffer.from(start)
        for (; bytes < 1024 * MIB; bytes += chunk.length) yield chunk
      },
    }
    const [first] = await findingsOf(openTrace(io, 't', MINI))
    expect(text(first!)).toContain(message)
    expect(bytes).toBeLessThan(mostMib * MIB)
  })
})

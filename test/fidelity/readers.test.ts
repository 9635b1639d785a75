// What can be wrong with reference tables: every finding names its file and line, and all of them come together.
import { describe, expect, test } from 'vitest'
import { render, UserError } from '../../src/errors.ts'
import { REFERENCE_FILES } from '../../src/fidelity/files.ts'
import { memoryIo } from '../helpers/memory-io.ts'

const STREAM = 'mesh,preset,src,dst,packet_flits,total_flits,cycles'
const SHARED = 'mesh,preset,flows,flits_per_flow,packet_flits,kind,cycles_all,flow_finish'
const SCATTER = 'mesh,preset,sources,source_ids,flits_per_dest,packet_flits,cycles_all'
const INCAST = 'mesh,preset,dst,sender_ids,flits_per_sender,packet_flits,cycles_all,first_flow_done'
const RING = 'mesh,preset,pattern,pairs,flits_per_pair,packet_flits,cycles_all'
const ALLTOALL = 'mesh,preset,order,flits_per_pair,packet_flits,cycles'
const MOE = 'order,case,mesh,preset,phase,token_flits,packet_flits,total_flits,cycles'
const MIXED = 'case,mesh,flit_bytes,cycle_ps,submit_ps,from,to,bytes,booksim_arrival_ps'
const RAMULATOR = 'dram,channels,mapping,refresh,pattern,burst_bytes,n_bursts,time_ns'
const DRAMSIM = 'dram,channels,mapping_kind,pattern,burst_bytes,n_bursts,cycles'
const GEMM = 'dataflow,array,M,N,K,bandwidth_mode,compute_cycles'
const CLOSED = 'dataflow,array,M,N,K,compute_cycles_closed_form'

/** What reading one file of the folder `ref` says: its findings as printed, or how many rows it has. */
async function reading(path: string, files: Readonly<Record<string, string>>): Promise<string | number> {
  const io = memoryIo(Object.fromEntries(Object.entries(files).map(([name, text]) => [`ref/${name}`, text])))
  const file = REFERENCE_FILES.find((one) => one.path === path)!
  try {
    return (await file.read(io, { at: (name) => `ref/${name}`, hardwareFiles: [] })).replays.length
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return error.diagnostics.map(render).join('\n')
  }
}

const csv = (path: string, ...lines: string[]) => reading(path, { [path]: `${lines.join('\n')}\n` })

describe('a good row of every table is read', () => {
  test.each([
    ['booksim2/stream.csv', STREAM, '8x8,noc,0,63,16,64,200'],
    ['booksim2/shared_link.csv', SHARED, '4x4,noc_1vc,2,512*(i+1),16,unequal,1648,1079 1648'],
    ['booksim2/scatter.csv', SCATTER, '2x2,d2d,corner1,0,64,16,205'],
    ['booksim2/incast.csv', INCAST, '2x2,noc,0,1 3,64,16,141,70'],
    ['booksim2/ring_shift.csv', RING, '2x2,noc,ring,0>1 1>0,64,16,77'],
    ['booksim2/alltoall.csv', ALLTOALL, '3x2,noc,interleaved,64,16,500'],
    ['booksim2/mixed_messages.csv', MIXED, 'a,4x4,256,1000,1500,0,5,4096,90000'],
    ['ramulator2/dram_bandwidth.csv', RAMULATOR, 'HBM3_6400,8,MOP4CLXOR,1,single_burst,4096,1,49.1'],
    ['dramsim3/dram_bandwidth.csv', DRAMSIM, 'HBM2_8Gb_x128,8,rocorababgch,sequential_16MB,16777216,1,71000'],
    ['scalesim/gemm_cycles.csv', GEMM, 'ws,32x32,1,64,64,CALC,379'],
    ['scalesim/gemm_cycles_closed_form.csv', CLOSED, 'os,128x64,1,64,64,300'],
  ])('%s', async (path, header, row) => {
    expect(await csv(path, header, row)).toBe(1)
  })

  test('with columns in another order, further ones, quotes, CRLF and blank lines', async () => {
    const text = `cycles,"note",mesh,preset,src,dst,packet_flits,total_flits\r\n\r\n25,"a, b",8x8,noc,0,1,1,16\r\n`
    expect(await reading('booksim2/stream.csv', { 'booksim2/stream.csv': text })).toBe(1)
  })
})

describe('a bad cell is shown with file, line, column and what is allowed', () => {
  test('in full', async () => {
    expect(await csv('booksim2/stream.csv', STREAM, '8x8,noc,0,1,1,16,25', '8x8,noc,0,1,x,16,25')).toBe(
      [
        'ref/booksim2/stream.csv:3:13 error: packet_flits must be a whole number of at least 1, got "x"',
        '   3 | 8x8,noc,0,1,x,16,25',
        '     |             ^',
      ].join('\n'),
    )
  })

  test('of every case of mixed messages, each of which has one mesh and one clock', async () => {
    const said = await csv(
      'booksim2/mixed_messages.csv',
      MIXED,
      'a,4x4,256,1000,0,0,5,64,9000',
      'b,4x4,256,1000,0,0,16,64,9000',
      'a,4x4,256,2000,0,0,5,64,9000',
    )
    expect(said).toContain('csv:3:20 error: to must be a whole number from 0 to 15')
    expect(said).toContain('csv:4:11 error: cycle_ps must be 1000, as in the first row of case a, got "2000"')
  })

  test.each<[path: string, header: string, row: string, message: string]>([
    ['booksim2/stream.csv', STREAM, '8by8,noc,0,1,1,16,25', '2:1 error: mesh must be columns x rows'],
    ['booksim2/stream.csv', STREAM, '0x8,noc,0,1,1,16,25', '2:1 error: mesh must be'],
    ['booksim2/stream.csv', STREAM, '99x99,noc,0,1,1,16,25', '2:1 error: mesh must be'],
    ['booksim2/stream.csv', STREAM, '8x8,nok,0,1,1,16,25', '2:5 error: preset must be one of noc, d2d'],
    ['booksim2/stream.csv', STREAM, '8x8,noc,0,64,1,16,25', 'dst must be a whole number from 0 to 63'],
    ['booksim2/stream.csv', STREAM, '8x8,noc,0,1,1,1.5,25', 'total_flits must be a whole number'],
    ['booksim2/stream.csv', STREAM, '8x8,noc,0,1,1,16,', 'cycles must be a number above 0, got nothing'],
    ['booksim2/stream.csv', STREAM, '8x8,noc,0,1,1,16,-3', 'cycles must be a number above 0, got "-3"'],
    ['booksim2/stream.csv', STREAM, '8x8,noc,0,1,1,16,NaN', 'cycles must be a number above 0, got "NaN"'],
    ['booksim2/stream.csv', STREAM, '8x8,noc,0,1,1,16,0x10', 'cycles must be a number above 0'],
    ['booksim2/stream.csv', STREAM, '8x8,noc,0,1,1,16', '2:1 error: 6 cells in a row, 7 in the header'],
    ['booksim2/stream.csv', STREAM, '8x8,"noc,0,1,1,16,25', '2:1 error: not CSV'],
    [
      'booksim2/shared_link.csv',
      SHARED,
      '4x4,noc,3,64,16,equal,9,1 2 3',
      'flows must be a whole number from 1 to 2',
    ],
    [
      'booksim2/shared_link.csv',
      SHARED,
      '1x4,noc,1,64,16,equal,9,9',
      'mesh must be at least two columns wide',
    ],
    [
      'booksim2/shared_link.csv',
      SHARED,
      '4x4,noc,2,64,16,equal,9,9',
      'flow_finish must be 2 numbers above 0',
    ],
    [
      'booksim2/shared_link.csv',
      SHARED,
      '4x4,noc,1,64,16,unequal,9,9',
      'flits_per_flow must be such as 512*(i+1)',
    ],
    ['booksim2/shared_link.csv', SHARED, '4x4,noc,1,64,16,same,9,9', 'kind must be one of equal, unequal'],
    [
      'booksim2/scatter.csv',
      SCATTER,
      '2x2,noc,all,0 1 2 3,64,16,205',
      'source_ids must be fewer than all nodes',
    ],
    ['booksim2/incast.csv', INCAST, '2x2,noc,0,1 4,64,16,141,70', 'sender_ids must be node ids below 4'],
    ['booksim2/incast.csv', INCAST, '2x2,noc,0,,64,16,141,70', 'sender_ids must be node ids below 4'],
    ['booksim2/ring_shift.csv', RING, '2x2,noc,ring,0>1 1-0,64,16,77', 'pairs must be pairs such as 0>1'],
    ['booksim2/alltoall.csv', ALLTOALL, '2x2,noc,reverse,64,16,500', 'order must be one of shift'],
    ['booksim2/alltoall.csv', ALLTOALL, '1x1,noc,shift,64,16,500', 'mesh must be at least two nodes'],
    [
      'booksim2/mixed_messages.csv',
      MIXED,
      'a,4x4,256,1000,0,0,16,64,90000',
      'to must be a whole number from 0',
    ],
    [
      'booksim2/mixed_messages.csv',
      MIXED,
      'a,4x4,256,1000,0,0,5,0,90000',
      'bytes must be a whole number of at',
    ],
    [
      'booksim2/mixed_messages.csv',
      MIXED,
      'a,4x4,0,1000,0,0,5,64,90000',
      'flit_bytes must be a whole number',
    ],
    ['booksim2/mixed_messages.csv', MIXED, 'a,4x4,256,0,0,0,5,64,90000', 'cycle_ps must be a whole number'],
    [
      'booksim2/mixed_messages.csv',
      MIXED,
      'a,4x4,256,1000,7000,0,5,64,7000',
      'must be a time after submit_ps',
    ],
    [
      'ramulator2/dram_bandwidth.csv',
      RAMULATOR,
      'HBM3_6400,0,MOP4CLXOR,1,single_burst,64,1,9',
      'channels must be',
    ],
    [
      'ramulator2/dram_bandwidth.csv',
      RAMULATOR,
      'HBM3_6400,1,Other,1,single_burst,64,1,9',
      'mapping must be one of',
    ],
    [
      'ramulator2/dram_bandwidth.csv',
      RAMULATOR,
      'HBM3_6400,1,MOP4CLXOR,2,single_burst,64,1,9',
      'refresh must be',
    ],
    [
      'ramulator2/dram_bandwidth.csv',
      RAMULATOR,
      'HBM3_6400,1,MOP4CLXOR,1,walk,64,1,9',
      'pattern must be a pattern',
    ],
    [
      'dramsim3/dram_bandwidth.csv',
      DRAMSIM,
      'HBM2,1,robaraco,single_burst,64,1,9',
      'mapping_kind must be one of',
    ],
    ['scalesim/gemm_cycles.csv', GEMM, 'rs,32x32,1,64,64,CALC,379', 'dataflow must be one of ws, os, is'],
    ['scalesim/gemm_cycles.csv', GEMM, 'ws,32,1,64,64,CALC,379', 'array must be rows x columns'],
    ['scalesim/gemm_cycles.csv', GEMM, 'ws,32x32,0,64,64,CALC,379', 'M must be a whole number of at least 1'],
  ])('%s: %s %s', async (path, header, row, message) => {
    const said = await csv(path, header, row)
    expect(said).toContain(`ref/${path}:2:`)
    expect(said).toContain(message)
  })

  test('with all other bad rows of the file, up to twenty', async () => {
    const bad = Array.from({ length: 30 }, () => '8x8,noc,0,1,x,16,25')
    const said = `${await csv('booksim2/stream.csv', STREAM, ...bad)}`
    expect(said.match(/error:/g)).toHaveLength(20)
  })
})

describe('a file that is no such table', () => {
  test('says every column that is missing, and what comes near', async () => {
    const said = `${await csv('booksim2/stream.csv', 'mesh,preset,src,dst,packet_flit,total_flits', '1')}`
    expect(said.split('\n').filter((line) => line.includes('error'))).toEqual([
      'ref/booksim2/stream.csv:1:1 error: the header needs "packet_flits"; there is a column "packet_flit"',
      'ref/booksim2/stream.csv:1:1 error: the header needs "cycles"',
    ])
  })

  test('is empty, binary or of bad UTF-8', async () => {
    const path = 'booksim2/stream.csv'
    expect(await reading(path, { [path]: '' })).toContain('stream.csv error: no header; needed: mesh,preset')
    expect(await reading(path, { [path]: `${STREAM}\n\0` })).toContain(
      'stream.csv:2:1 error: cannot read: NUL',
    )
    const io = memoryIo({ [`ref/${path}`]: new Uint8Array([0xff, 0xfe, 0x41]) })
    const file = REFERENCE_FILES.find((one) => one.path === path)!
    await expect(file.read(io, { at: (name) => `ref/${name}`, hardwareFiles: [] })).rejects.toThrow(
      'not UTF-8',
    )
  })

  test('vanishes between being found and being read', async () => {
    expect(await reading('booksim2/stream.csv', {})).toBe(
      'ref/booksim2/stream.csv error: cannot read: no such file or directory',
    )
  })
})

describe('the matrices of MoE dispatch', () => {
  const path = 'booksim2/moe_dispatch.csv'
  const matrices = 'booksim2/moe_dispatch_matrices.jsonl'
  const good = '{"case":7,"matrix_tokens":[[0,1],[2,0]]}'
  const row = (change: Partial<Record<'case' | 'mesh' | 'flits', string>> = {}) =>
    `interleaved,${change.case ?? '7'},${change.mesh ?? '2x1'},noc,dispatch,32,16,${change.flits ?? '96'},119`
  const both = (jsonl: string, csvRow: string) =>
    reading(path, { [path]: `${MOE}\n${csvRow}\n`, [matrices]: jsonl })

  test('are found by case', async () => {
    expect(await both(`${good}\n\n`, row())).toBe(1)
  })

  test.each([
    ['{"case":7', 'not a JSON object'],
    ['7', 'not a JSON object'],
    ['{"case":"7","matrix_tokens":[]}', '"case" must be a whole number'],
    ['{"case":7,"matrix_tokens":[[0,1],[2]]}', '"matrix_tokens" must be as many rows as columns'],
    ['{"case":7,"matrix_tokens":[[0,-1],[2,0]]}', '"matrix_tokens" must be'],
  ])('%s is refused with its line', async (line, message) => {
    const said = await both(`${good}\n${line}\n`, row())
    expect(said).toContain(`ref/${matrices}:2:1 error: ${message}`)
  })

  test.each([
    [row({ case: '8' }), 'case must be a case of the file of matrices'],
    [row({ mesh: '2x2' }), 'mesh must be 2 nodes, as the matrix of the case'],
    [row({ flits: '64' }), 'total_flits must be 96, as the matrix of the case'],
  ])('and the row %s contradict each other', async (csvRow, message) => {
    expect(await both(good, csvRow)).toContain(`ref/${path}:2:`)
    expect(await both(good, csvRow)).toContain(message)
  })
})

test('memories that we have no timings of are left out with one warning each', async () => {
  const path = 'dramsim3/dram_bandwidth.csv'
  const row = (dram: string) => `${dram},1,default,single_burst,64,1,50`
  const text = [DRAMSIM, row('LPDDR4_2400'), row('LPDDR4_2400'), row('HBM9_1'), row('DDR4_2400')].join('\n')
  const io = memoryIo({ [`ref/${path}`]: text })
  const file = REFERENCE_FILES.find((one) => one.path === path)!
  const { replays, warnings } = await file.read(io, { at: (name) => `ref/${name}`, hardwareFiles: [] })
  expect(replays).toHaveLength(1)
  expect(warnings.map(({ severity, span }) => [severity, span?.line])).toEqual([
    ['warning', 2],
    ['warning', 4],
  ])
  expect(render(warnings[0]!)).toContain('no timings of LPDDR4_2400: its rows are left out')
})

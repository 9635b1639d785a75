// What each kind of reference row asks of our models: who sends how much to whom, which memory reads what.
import { describe, expect, test } from 'vitest'
import type { DramWork } from '../../src/fidelity/dram-work.ts'
import { partOf } from '../../src/fidelity/dram-work.ts'
import { REFERENCE_FILES } from '../../src/fidelity/files.ts'
import { type GemmWork, type Models, realModels } from '../../src/fidelity/models.ts'
import type { NetworkWork } from '../../src/fidelity/network-work.ts'
import { memoryIo } from '../helpers/memory-io.ts'

interface Asked {
  networks: NetworkWork[]
  drams: DramWork[]
  gemms: GemmWork[]
  values: number[]
}

/** Reads a one-row table and replays it on models that only listen; message i finishes at 10 (i + 1). */
async function asked(
  path: string,
  header: string,
  row: string,
  extra: Record<string, string> = {},
): Promise<Asked> {
  const io = memoryIo({ [`ref/${path}`]: `${header}\n${row}\n`, ...extra })
  const { replays } = await REFERENCE_FILES.find((one) => one.path === path)!.read(io, {
    at: (name) => `ref/${name}`,
    hardwareFiles: [],
  })
  const result: Asked = { networks: [], drams: [], gemms: [], values: [] }
  const models: Models = {
    finishCycles(work) {
      result.networks.push(work)
      return work.messages.map((_, i) => 10 * (i + 1))
    },
    dramPs(work) {
      result.drams.push(work)
      return 5000
    },
    chargedDramPs: () => 6000,
    gemmCycles(work) {
      result.gemms.push(work)
      return 77
    },
    kernelUs: () => 88,
    exchangeUs: () => 99,
  }
  result.values = [...replays[0]!.values(models)]
  return result
}

const triples = ({ networks }: Asked) => networks[0]!.messages.map(({ from, to, flits }) => [from, to, flits])

describe('a network row', () => {
  test('of a stream is one message on the mesh and preset it names', async () => {
    const header = 'mesh,preset,src,dst,packet_flits,total_flits,cycles'
    const { networks, values } = await asked('booksim2/stream.csv', header, '5x3,d2d,2,14,4,64,200')
    expect(networks).toEqual([
      {
        mesh: { columns: 5, rows: 3 },
        preset: { linkCycles: 8, virtualChannels: 4, bufferFlits: 32 },
        packetFlits: 4,
        order: 'queued',
        messages: [{ from: 2, to: 14, flits: 64 }],
      },
    ])
    expect(values).toEqual([10])
  })

  test('of a shared link starts ever farther from the middle link of row 0 and ends in rows of its own', async () => {
    const header = 'mesh,preset,flows,flits_per_flow,packet_flits,kind,cycles_all,flow_finish'
    const row = '6x6,noc,3,512*(i+1),16,unequal,3000,1 2 3'
    const result = await asked('booksim2/shared_link.csv', header, row)
    expect(triples(result)).toEqual([
      [2, 3, 512],
      [1, 9, 1024],
      [0, 15, 1536],
    ])
    expect(result.values).toEqual([30, 10, 20, 30])
  })

  test('of a scatter serves each node from the source nearest to it, the first of equals', async () => {
    const header = 'mesh,preset,sources,source_ids,flits_per_dest,packet_flits,cycles_all'
    const result = await asked('booksim2/scatter.csv', header, '3x2,noc,two,0 5,64,16,205')
    expect(triples(result)).toEqual([
      [0, 1, 64],
      [5, 2, 64],
      [0, 3, 64],
      [5, 4, 64],
    ])
  })

  test('of an incast sends from every sender; its first finish is the earliest of all', async () => {
    const header = 'mesh,preset,dst,sender_ids,flits_per_sender,packet_flits,cycles_all,first_flow_done'
    const result = await asked('booksim2/incast.csv', header, '2x2,noc,2,3 0,64,16,141,70')
    expect(triples(result)).toEqual([
      [3, 2, 64],
      [0, 2, 64],
    ])
    expect(result.values).toEqual([20, 10])
  })

  test('of a ring shift sends along its pairs', async () => {
    const header = 'mesh,preset,pattern,pairs,flits_per_pair,packet_flits,cycles_all'
    const result = await asked('booksim2/ring_shift.csv', header, '2x2,noc,ring,0>1 1>3 3>0,64,16,77')
    expect(triples(result)).toEqual([
      [0, 1, 64],
      [1, 3, 64],
      [3, 0, 64],
    ])
  })

  const ALLTOALL = 'mesh,preset,order,flits_per_pair,packet_flits,cycles,mean_pair_finish'
  test.each([
    ['shift', 'queued', [1, 2, 2, 0, 0, 1]],
    ['interleaved', 'interleaved', [1, 2, 2, 0, 0, 1]],
    ['naive', 'queued', [1, 2, 0, 2, 0, 1]],
  ])('of an all-to-all in order %s is %s', async (order, injection, destinations) => {
    const result = await asked('booksim2/alltoall.csv', ALLTOALL, `3x1,noc,${order},8,16,500,300`)
    expect(result.networks[0]!.order).toBe(injection)
    expect(triples(result)).toEqual(destinations.map((to, i) => [Math.floor(i / 2), to, 8]))
    expect(result.values).toEqual([60, 35])
  })

  test('of an all-to-all in random order has every pair once, in the same order each time', async () => {
    const row = '3x3,noc,random,8,16,500,300'
    const [first, second] = [
      await asked('booksim2/alltoall.csv', ALLTOALL, row),
      await asked('booksim2/alltoall.csv', ALLTOALL, row),
    ]
    expect(first).toEqual(second)
    expect(new Set(triples(first).map(String)).size).toBe(72)
    expect(first.values).toHaveLength(1)
  })

  test('of an MoE dispatch sends what its matrix says, to the next node first, and nothing for no tokens', async () => {
    const header = 'order,case,mesh,preset,phase,token_flits,packet_flits,total_flits,cycles'
    const matrices = {
      'ref/booksim2/moe_dispatch_matrices.jsonl': '{"case":3,"matrix_tokens":[[9,0,2],[1,9,3],[4,0,9]]}',
    }
    const row = 'shift_blocked,3,3x1,noc,combine,32,16,320,400'
    const result = await asked('booksim2/moe_dispatch.csv', header, row, matrices)
    expect(triples(result)).toEqual([
      [0, 2, 64],
      [1, 2, 96],
      [1, 0, 32],
      [2, 0, 128],
    ])
  })
})

describe('a case of mixed messages', () => {
  const path = 'booksim2/mixed_messages.csv'
  const header = 'case,mesh,flit_bytes,cycle_ps,submit_ps,from,to,bytes,booksim_arrival_ps'
  const rows = [
    'b,4x4,256,1000,0,0,5,4096,90000',
    'b,4x4,256,1000,1500,1,2,65537,140000',
    'b,4x4,256,1000,3000,5,0,257,50000',
  ]

  test('starts each message in the cycle after its time, packets of a die in turn, and sums latencies by length', async () => {
    const { networks, values } = await asked(path, header, rows.join('\n'))
    expect(networks).toEqual([
      {
        mesh: { columns: 4, rows: 4 },
        preset: { linkCycles: 8, virtualChannels: 4, bufferFlits: 32 },
        packetFlits: 16,
        order: 'interleaved',
        messages: [
          expect.objectContaining({ from: 0, to: 5, flits: 16, startCycle: 0 }),
          expect.objectContaining({ from: 1, to: 2, flits: 257, startCycle: 2 }),
          expect.objectContaining({ from: 5, to: 0, flits: 2, startCycle: 3 }),
        ],
      },
    ])
    // They finish at 10, 20 and 30.
    expect(values).toEqual([10 + 30 - 3, 20 - 2])
  })

  test('may have its rows anywhere, and name another preset and packet', async () => {
    const io = memoryIo({
      [`ref/${path}`]: [
        `${header},preset,packet_flits`,
        `${rows[0]},noc,8`,
        'c,2x2,64,500,0,0,1,64,9000,d2d,16',
        `${rows[2]},noc,8`,
      ].join('\n'),
    })
    const file = REFERENCE_FILES.find((one) => one.path === path)!
    const { replays } = await file.read(io, { at: (name) => `ref/${name}`, hardwareFiles: [] })
    expect(replays.map(({ expected }) => expected)).toEqual([
      [{ table: 'tokens alone', row: '4x4 noc, b, 2 messages up to 64 KiB', reference: 90 + 47 }],
      [{ table: 'tokens alone', row: '2x2 d2d, c, 1 messages up to 64 KiB', reference: 18 }],
    ])
  })

  test('is told from tokens alone by a message of 256 KiB', async () => {
    const tables = async (bytes: number) => {
      const text = `${header}\nd,4x4,256,1000,0,0,5,${bytes},9000000\n`
      const file = REFERENCE_FILES.find((one) => one.path === path)!
      const { replays } = await file.read(memoryIo({ [path]: text }), {
        at: (name) => name,
        hardwareFiles: [],
      })
      return replays.flatMap(({ expected }) => expected.map(({ table }) => table))
    }
    expect(await tables(2 ** 18 - 1)).toEqual(['tokens alone'])
    expect(await tables(2 ** 18)).toEqual(['tokens beside weights'])
  })
})

describe('a memory row', () => {
  const RAMULATOR = 'dram,channels,mapping,refresh,pattern,burst_bytes,n_bursts,time_ns'
  test.each([
    ['single_burst', { kind: 'one' }],
    ['sequential_8MB', { kind: 'one' }],
    ['random_bursts_pipelined', { kind: 'pipelined' }],
    ['random_bursts_serialized', { kind: 'serialized' }],
    ['random_1_outstanding', { kind: 'serialized' }],
    ['sequential_1MB_window16', { kind: 'window', reads: 16 }],
  ])('of %s', async (pattern, expected) => {
    const row = `DDR5_4800AN,4,MOP4CLXOR,0,${pattern},512,8,49.1`
    const { drams, values } = await asked('ramulator2/dram_bandwidth.csv', RAMULATOR, row)
    expect(drams).toEqual([
      { part: 'ddr5-4800', channels: 4, pattern: expected, burstBytes: 512, bursts: 8, hasRefresh: false },
    ])
    expect(values).toEqual([5])
  })

  test('of DRAMsim3 is told in clocks of our part', async () => {
    const header = 'dram,channels,mapping_kind,pattern,burst_bytes,n_bursts,cycles'
    const row = 'DDR3_8Gb_x8_1600,2,rocorababgch,single_burst,512,1,40'
    const { drams, values } = await asked('dramsim3/dram_bandwidth.csv', header, row)
    expect(drams[0]).toMatchObject({ part: 'ddr3-1600', hasRefresh: true })
    expect(values).toEqual([5000 / 1250])
  })

  test.each([
    ['DDR4_2400R', 'ddr4-2400'],
    ['DDR4_8Gb_x8_3200', 'ddr4-3200'],
    ['HBM2_8Gb_x128', 'hbm2'],
    ['GDDR6_14000', 'gddr6-14000'],
    ['HBM4_16000', 'hbm4-16000'],
    ['HBM3_1234', undefined],
    ['LPDDR4_8Gb_x16_2400', undefined],
    ['', undefined],
  ])('names %s, which is %s here', (dram, part) => {
    expect(partOf(dram)).toBe(part)
  })
})

test('a compute row is a GEMM of M tokens, K inputs and N outputs on its array', async () => {
  const header = 'dataflow,array,M,N,K,bandwidth_mode,bandwidth_words_per_cycle,compute_cycles'
  const { gemms, values } = await asked('scalesim/gemm_cycles.csv', header, 'is,64x32,5,7,9,USER,16,100')
  expect(gemms).toEqual([{ array: { rows: 64, columns: 32, dataflow: 'is' }, m: 5, k: 9, n: 7 }])
  expect(values).toEqual([77])
})

describe('the real models', () => {
  const models = realModels()
  const dram = (change: Partial<DramWork>): DramWork => ({
    part: 'ddr4-2400',
    channels: 1,
    pattern: { kind: 'one' },
    burstBytes: 64 * 1024,
    bursts: 1,
    hasRefresh: true,
    ...change,
  })

  test('carry a lone message in flits + (latency + 3) hops + 5 cycles', () => {
    for (const linkCycles of [1, 8]) {
      const preset = { linkCycles, virtualChannels: 4, bufferFlits: 32 }
      const messages = [{ from: 0, to: 11, flits: 100 }]
      const work: NetworkWork = {
        mesh: { columns: 4, rows: 3 },
        preset,
        packetFlits: 16,
        order: 'queued',
        messages,
      }
      expect(models.finishCycles(work)).toEqual([100 + (linkCycles + 3) * 5 + 5])
    }
  })

  test('take longer with refresh, with fewer channels, with fewer reads in flight and one after another', () => {
    const long = dram({ burstBytes: 8 * 2 ** 20 })
    expect(models.dramPs(long)).toBeGreaterThan(models.dramPs({ ...long, hasRefresh: false }))
    expect(models.dramPs(long)).toBeGreaterThan(1.9 * models.dramPs({ ...long, channels: 2 }))
    expect(models.dramPs(dram({ pattern: { kind: 'window', reads: 2 } }))).toBeGreaterThan(
      models.dramPs(dram({})),
    )
    const many = dram({ burstBytes: 256, bursts: 100, pattern: { kind: 'pipelined' } })
    expect(models.dramPs({ ...many, pattern: { kind: 'serialized' } })).toBeGreaterThan(models.dramPs(many))
  })

  test('charge a long stream nearly what they time it at', () => {
    const long = dram({ burstBytes: 8 * 2 ** 20 })
    expect(models.chargedDramPs(long) / models.dramPs(long)).toBeCloseTo(1, 2)
  })

  test('multiply as SCALE-Sim does: 379 cycles for 1 x 64 x 64 on 32 x 32', () => {
    expect(models.gemmCycles({ array: { rows: 32, columns: 32, dataflow: 'ws' }, m: 1, k: 64, n: 64 })).toBe(
      379,
    )
  })
})

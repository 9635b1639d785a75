// Rows of measured exchanges: what they ask of the model, which table they go to, what is wrong with bad ones.
import { describe, expect, test } from 'vitest'
import { nodeIo } from '../../../src/cli/node/io.ts'
import { loadHardware } from '../../../src/config/hardware/hardware.ts'
import { render, UserError } from '../../../src/errors.ts'
import { realModels } from '../../../src/fidelity/models.ts'
import { type ExchangeCase, exchangeUs } from '../../../src/fidelity/silicon/exchange-case.ts'
import { fitExchanges } from '../../../src/fidelity/silicon/exchange-fit.ts'
import { exchangeFiles } from '../../../src/fidelity/silicon/exchange-rows.ts'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import { memoryIo } from '../../helpers/memory-io.ts'

const LOW = 'gpu,hidden,top_k,experts,ep,tokens_per_rank,dispatch_us,combine_us'
const NORMAL = 'gpu,hidden,top_k,experts,ep,tokens_per_rank,sms,dispatch_us,combine_us'
const NVL = 'gpu,precision,hidden,top_k,experts,ep,tokens,operation,latency_us'

async function reading(name: string, header: string, ...rows: string[]) {
  const own = memoryIo({ [`ref/silicon/${name}`]: `${header}\n${rows.join('\n')}\n` })
  const isOwn = (path: string) => !path.startsWith('/')
  const io = {
    ...nodeIo,
    stat: (path: string) => (isOwn(path) ? own.stat(path) : nodeIo.stat(path)),
    read: (path: string) => (isOwn(path) ? own.read(path) : nodeIo.read(path)),
  }
  const file = exchangeFiles.find(({ path }) => path === `silicon/${name}`)!
  return file.read(io, { at: (path) => `ref/${path}`, hardwareFiles: [] })
}

async function asked(name: string, header: string, ...rows: string[]) {
  const cases: [string, ExchangeCase][] = []
  const models = {
    ...realModels(),
    exchangeUs: (hardware: HardwareSpec, given: ExchangeCase) => {
      cases.push([hardware.name, given])
      return 1
    },
  }
  const { replays } = await reading(name, header, ...rows)
  for (const replay of replays) replay.values(models)
  return { cases, tables: replays.flatMap(({ expected }) => expected.map(({ table }) => table)) }
}

describe('a row of low-latency kernels', () => {
  test('is a dispatch of FP8 and a combine of bfloat16, a copy for each expert', async () => {
    const { cases } = await asked('deepep_low_latency.csv', LOW, 'h100,7168,8,256,16,2,22,26')
    expect(cases).toEqual([
      [
        'h100-sxm-8',
        expect.objectContaining({ rule: 'expert', operation: 'dispatch', dies: 16, elementBytes: 1.03125 }),
      ],
      [
        'h100-sxm-8',
        expect.objectContaining({
          operation: 'combine',
          tokensPerDie: 2,
          topK: 8,
          experts: 256,
          hidden: 7168,
        }),
      ],
    ])
  })

  test('goes by its nodes to a table; every second token count was fitted on, within and across nodes', async () => {
    const row = (ep: number, tokens: number) => `h100,7168,8,256,${ep},${tokens},22,26`
    const { tables } = await asked(
      'deepep_low_latency.csv',
      LOW,
      row(8, 1),
      row(8, 2),
      row(16, 2),
      row(16, 4),
    )
    expect([...new Set(tables.slice(0, 4))]).toEqual([
      'dispatch and combine, rows fitted on',
      'dispatch and combine, one node',
    ])
    expect([...new Set(tables.slice(4))]).toEqual(['dispatch and combine, rows fitted on', 'nodes'])
  })
})

test('rows of normal kernels send a copy to each node, and none of them was fitted on', async () => {
  const { cases, tables } = await asked('deepep_normal.csv', NORMAL, 'h100,7168,8,256,32,4,20,90,120')
  expect(cases[0]![1]).toMatchObject({ rule: 'node', dies: 32 })
  expect(tables).toEqual(Array(2).fill('dispatch and combine, normal kernels'))
})

test('rows of an NVL72 send a copy to each die; its preparation is left out', async () => {
  const row = (precision: string, operation: string) =>
    `gb200,${precision},7168,8,256,4,1,alltoall_${operation},12`
  const { cases } = await asked(
    'nvl72_alltoall.csv',
    NVL,
    row('fp8', 'dispatch'),
    row('bfloat16', 'dispatch'),
    row('fp8', 'prepare'),
    row('fp8', 'combine'),
  )
  expect(cases.map(([, given]) => [given.operation, given.elementBytes])).toEqual([
    ['dispatch', 1.03125],
    ['dispatch', 2],
    ['combine', 1.03125],
  ])
})

test.each([
  [
    'deepep_low_latency.csv',
    LOW,
    'h100,7168,8,256,1,2,22,26',
    ':2:17 error: ep must be a whole number from 2',
  ],
  [
    'deepep_low_latency.csv',
    LOW,
    'h100,7168,8,256,8,0,22,26',
    ':2:19 error: tokens_per_rank must be a whole number',
  ],
  ['deepep_normal.csv', NORMAL, 'h100,7168,8,256,8,1,x,22,26', ':2:21 error: sms must be a whole number'],
  ['nvl72_alltoall.csv', NVL, 'gb200,fp8,7168,8,256,4,1,sum,12', ':2:26 error: operation must be one of'],
])('a bad row of %s is shown with its place: %s', async (name, header, row, words) => {
  const told = await reading(name, header, row).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error
    return error.diagnostics.map(render).join('\n')
  })
  expect(told).toContain(`ref/silicon/${name}${words}`)
})

test('constants of exchanges are found again from the times they give', async () => {
  const hardware = await loadHardware(nodeIo, 'h100-sxm-8')
  const { link } = hardware
  const truth: HardwareSpec = {
    ...hardware,
    link: {
      ...link,
      efficiency: 0.7,
      startup: { messagePs: 10_000, exchangePs: 8e6 },
      outer: { ...link.outer!, messagePs: 90_000 },
    },
  }
  const rows = [8, 16].flatMap((dies) =>
    [1, 8, 64, 512].map((tokensPerDie) => {
      const given: ExchangeCase = {
        ...{ gpu: 'made up', rule: 'expert', operation: 'combine', dies, experts: 64, topK: 4 },
        ...{ hidden: 4096, tokensPerDie, elementBytes: 2 },
      }
      return { given, measuredUs: exchangeUs(truth, given) }
    }),
  )
  const found = Object.fromEntries(fitExchanges(hardware, rows).map(({ name, value }) => [name, value]))
  // Its start-up of messages within a node is assumed, and stays.
  expect(Object.keys(found)).toEqual(['link.startup.exchange', 'link.efficiency', 'nodes.startup.message'])
  expect(found['link.startup.exchange']).toBeCloseTo(8, 1)
  expect(found['link.efficiency']).toBeCloseTo(0.7, 2)
  expect(found['nodes.startup.message']).toBeCloseTo(90, 0)
})

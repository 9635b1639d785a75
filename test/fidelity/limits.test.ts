// Which rows each limit holds for, told independently of the readers: from the bundled tables themselves.
import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import { describe, expect, test } from 'vitest'
import { nodeIo } from '../../src/cli/node/io.ts'
import { REFERENCE_FILES } from '../../src/fidelity/files.ts'
import { TABLES, type TableName } from '../../src/fidelity/tables.ts'

type Row = Record<string, string>
const root = (path: string) => nodeIo.bundled('configs', 'reference', path)
const rows = (path: string) => parse<Row>(readFileSync(root(path), 'utf8'), { columns: true })

/** Reference numbers by table, as the readers sort them. */
const sorted = new Map<TableName, number[]>()
for (const file of REFERENCE_FILES) {
  for (const { expected } of (await file.read(nodeIo, { at: root, hardwareFiles: [] })).replays) {
    for (const { table, reference } of expected) sorted.set(table, [...(sorted.get(table) ?? []), reference])
  }
}

const isLimitedPreset = ({ preset }: Row) => preset === 'noc' || preset === 'd2d'
const isRamulator = ({ mapping, refresh }: Row) => mapping === 'MOP4CLXOR' && refresh === '1'
const KiB = 1024

test('the limits are those that were promised', () => {
  const limits = Object.values(TABLES)
    .filter(({ limitMeanPct, limitWorstPct }) => limitMeanPct !== null || limitWorstPct !== null)
    .map(({ name, limitMeanPct, limitWorstPct }) => [name, limitMeanPct, limitWorstPct])
  expect(limits).toEqual([
    ['stream', 0, 0],
    ['shared_link', 2, 5],
    ['scatter', 3, 8],
    ['incast', 3, 8],
    ['ring_shift', 3, 8],
    ['ring_shift linear_shift_half', null, 20],
    ['alltoall', 6, 15],
    ['moe_dispatch', 6, 15],
    ['tokens alone', null, 10],
    ['tokens beside weights', null, 20],
    ['DRAM streaming', 2, 5],
    ['DRAM bursts', 6, 15],
    ['systolic runs', 0, 0],
    ['systolic closed forms', 0, 0],
    ['machines', null, 25],
  ])
})

describe('a limit holds for exactly these rows:', () => {
  test.each<[table: TableName, count: number, path: string, column: string, isMeant: (row: Row) => boolean]>([
    ['stream', 184, 'booksim2/stream.csv', 'cycles', isLimitedPreset],
    ['shared_link', 81, 'booksim2/shared_link.csv', 'cycles_all', () => true],
    [
      'scatter',
      44,
      'booksim2/scatter.csv',
      'cycles_all',
      (row) => isLimitedPreset(row) && Number(row.flits_per_dest) >= 512,
    ],
    [
      'incast',
      128,
      'booksim2/incast.csv',
      'cycles_all',
      (row) => isLimitedPreset(row) && Number(row.flits_per_sender) >= 512,
    ],
    [
      'ring_shift',
      56,
      'booksim2/ring_shift.csv',
      'cycles_all',
      (row) =>
        isLimitedPreset(row) && Number(row.flits_per_pair) >= 512 && row.pattern !== 'linear_shift_half',
    ],
    [
      'ring_shift linear_shift_half',
      12,
      'booksim2/ring_shift.csv',
      'cycles_all',
      (row) =>
        isLimitedPreset(row) && Number(row.flits_per_pair) >= 512 && row.pattern === 'linear_shift_half',
    ],
    [
      'alltoall',
      36,
      'booksim2/alltoall.csv',
      'cycles',
      (row) =>
        isLimitedPreset(row) &&
        ['shift', 'interleaved'].includes(row.order!) &&
        Number(row.flits_per_pair) >= 64,
    ],
    [
      'moe_dispatch',
      360,
      'booksim2/moe_dispatch.csv',
      'cycles',
      (row) => isLimitedPreset(row) && Number(row.total_flits) >= 5000,
    ],
    [
      'DRAM streaming',
      154,
      'ramulator2/dram_bandwidth.csv',
      'time_ns',
      (row) =>
        isRamulator(row) &&
        (row.pattern === 'sequential_8MB' ||
          (row.pattern!.includes('burst') && Number(row.burst_bytes) >= 64 * KiB)),
    ],
    [
      'DRAM bursts',
      84,
      'ramulator2/dram_bandwidth.csv',
      'time_ns',
      (row) =>
        isRamulator(row) &&
        ['single_burst', 'random_bursts_pipelined'].includes(row.pattern!) &&
        Number(row.burst_bytes) >= 4 * KiB &&
        Number(row.burst_bytes) <= 64 * KiB,
    ],
    [
      'systolic runs',
      209,
      'scalesim/gemm_cycles.csv',
      'compute_cycles',
      (row) => row.bandwidth_mode === 'CALC',
    ],
    [
      'systolic closed forms',
      168,
      'scalesim/gemm_cycles_closed_form.csv',
      'compute_cycles_closed_form',
      () => true,
    ],
  ])('%s, %i rows of %s', (table, count, path, column, isMeant) => {
    const meant = rows(path).filter(isMeant)
    expect(meant).toHaveLength(count)
    expect(sorted.get(table)).toEqual(meant.map((row) => Number(row[column])))
  })
})

test('a limit holds for whole layers by their longest message: sums of latencies of messages up to 64 KiB and longer', () => {
  const messages = rows('booksim2/mixed_messages.csv')
  expect(messages).toHaveLength(4561)
  const sums = { 'tokens alone': [] as number[], 'tokens beside weights': [] as number[] }
  for (const name of new Set(messages.map((row) => row.case))) {
    const ofCase = messages.filter((row) => row.case === name)
    const longest = Math.max(...ofCase.map(({ bytes }) => Number(bytes)))
    const table = longest >= 256 * KiB ? 'tokens beside weights' : 'tokens alone'
    for (const isLong of [false, true]) {
      const sum = ofCase
        .filter(({ bytes }) => Number(bytes) > 64 * KiB === isLong)
        .map((row) => [Number(row.submit_ps), Number(row.booksim_arrival_ps), Number(row.cycle_ps)] as const)
        .reduce((total, [submit, arrival, cycle]) => total + arrival / cycle - Math.ceil(submit / cycle), 0)
      if (sum > 0) sums[table].push(sum)
    }
  }
  expect(sums['tokens alone']).toHaveLength(4)
  expect(sums['tokens beside weights']).toHaveLength(4)
  for (const [table, expected] of Object.entries(sums))
    expect(sorted.get(table as TableName)).toEqual(expected)
})

test('every bundled row is in some table, limited or not', () => {
  for (const name of Object.keys(TABLES) as TableName[]) {
    // The bundled tables have no other presets than noc and d2d for these.
    if (/^(scatter|incast|ring_shift|moe_dispatch), other presets$/.test(name)) continue
    expect(sorted.get(name)?.length ?? 0, name).toBeGreaterThan(0)
  }
})

test('bundled tables need no folder beside them and stay small', async () => {
  let bytes = 0
  for (const { path, companion } of REFERENCE_FILES) {
    for (const one of [path, ...(companion ? [companion] : [])]) {
      bytes += (await nodeIo.stat(root(one)))!.sizeBytes
    }
  }
  expect(bytes).toBeLessThan(700_000)
})

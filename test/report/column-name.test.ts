// Columns of CSV and Parquet are identifiers that every data frame takes as they are, and say their unit.
import { expect, test } from 'vitest'
import { columnName, intervalName } from '../../src/report/column-name.ts'
import { METRICS } from '../../src/sim/metrics/metrics.ts'

test('a name has its unit behind it, a plain number none', () => {
  expect(columnName('latency', 'ps')).toBe('latency_ps')
  expect(columnName('throughput', 'token/s')).toBe('throughput_token_per_s')
  expect(columnName('d2dByteHops', 'B.hop')).toBe('d2dByteHops_B_hop')
  expect(columnName('speedup', 'ratio')).toBe('speedup')
  expect(columnName('replicas', 'count')).toBe('replicas')
  expect(columnName('hardware.link.bandwidth', 'GB/s')).toBe('hardware_link_bandwidth_GB_per_s')
  expect(columnName('schedulers[0].slots')).toBe('schedulers_0_slots')
  expect(columnName('2 x, 3', '%')).toBe('_2_x_3_pct')
  expect(intervalName('latency', 'ps')).toBe('latency_ci95_ps')
})

test('the columns of all metrics are identifiers, and no two of them are one', () => {
  const names = Object.entries(METRICS).flatMap(([name, { unit }]) => [
    columnName(name, unit),
    intervalName(name, unit),
  ])
  expect(names.filter((name) => !/^[A-Za-z_]\w*$/.test(name))).toEqual([])
  expect(new Set(names).size).toBe(names.length)
})

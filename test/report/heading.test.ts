// Headings of tables are the words of the metrics that they show.
import { expect, test } from 'vitest'
import { headingOf, headingWithUnit } from '../../src/report/heading.ts'

test('words of a name stand apart, acronyms as people write them', () => {
  const names = ['peakSramPerDie', 'd2dByteHops', 'energyMac', 'latencyMoe', 'memoryReadKv', 'hops']
  expect(names.map(headingOf)).toEqual([
    ...['peak SRAM per die', 'D2D byte hops', 'energy MAC', 'latency MoE', 'memory read KV', 'hops'],
  ])
  expect(headingWithUnit('boundRatio', 'x')).toBe('bound ratio [x]')
})

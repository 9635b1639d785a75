// What `trace cache` prints: exact text of a small report, and the same as CSV and JSON.
import { Chalk } from 'chalk'
import { expect, test } from 'vitest'
import { cacheFormats } from '../../../src/report/trace/cache.ts'
import { cacheReport, ofSize } from '../../helpers/cache-report.ts'

const chalk = new Chalk({ level: 0 })

test('a table of all tokens, of each phase, and what ± means', () => {
  expect(cacheFormats.table({ ...cacheReport, halfLifeTokens: 1234 }, chalk)).toBe(
    [
      'trace     chat.csv',
      'model     mini (1,000 experts, top-2), 2 layers',
      'holds     2 requests, 25 prefill and 75 decode tokens',
      'accesses  400, to 60 of 2,000 experts',
      'slots     one pool for all layers',
      'lfru      counts halve every 1,234 tokens',
      '',
      'Hit rate [%]',
      '          % of',
      'slots  experts  capacity         lru         min',
      '-----  -------  --------  ----------  ----------',
      '  500     25.0    500 MB  20.0 ± 1.3  25.0 ± 1.3',
      '1,000     50.0   1.00 GB  30.0 ± 1.3  40.0 ± 1.3',
      '',
      'Hit rate of prefill [%]',
      '          % of',
      'slots  experts  capacity   lru   min',
      '-----  -------  --------  ----  ----',
      '  500     25.0    500 MB  20.0  25.0',
      '1,000     50.0   1.00 GB  30.0  40.0',
      '',
      'Hit rate of decode [%]',
      '          % of',
      'slots  experts  capacity   lru   min',
      '-----  -------  --------  ----  ----',
      '  500     25.0    500 MB  20.0  25.0',
      '1,000     50.0   1.00 GB  30.0  40.0',
      '',
      '± is the 95 % interval over requests.',
      '',
    ].join('\n'),
  )
})

test('a table of each layer where there is one size, and what is not known', () => {
  const { trace, results } = ofSize(500)
  const text = cacheFormats.table(
    {
      trace: { ...trace, phases: 'assumed', requests: 1, expertsAre: 'seen' },
      pool: 'per-layer',
      profile: { path: 'other.csv', isThisTrace: true },
      results,
    },
    chalk,
  )
  expect(text).toContain('model     mini (at least 1,000 experts, top-2), 2 layers\n')
  expect(text).toContain('slots     divided among the layers\nstatic    by the counts of other.csv\n')
  expect(text).toContain(
    [
      'Hit rate by layer [%]',
      'layer   lru   min',
      '-----  ----  ----',
      '    1  20.0  30.0',
      '    3  20.0  20.0',
    ].join('\n'),
  )
  expect(text).not.toContain('capacity')
  expect(text).not.toContain('of decode')
  expect(text).toContain(
    'The trace does not say which tokens are the prompt: all tokens of a request\ncount alike.\n',
  )
  expect(text).toContain('static is profiled on this very trace: it knows beforehand what is used.\n')
})

test('CSV: a line for all, each phase and each layer', () => {
  const [header, ...lines] = cacheFormats.csv(ofSize(1000), chalk).trimEnd().split('\n')
  expect(header).toBe('policy,slots,capacity_B,phase,layer,accesses,hits,hitRate,ci95')
  expect(lines.slice(0, 5)).toEqual([
    'lru,1000,1000000000,all,all,400,120,0.3,0.012706',
    'lru,1000,1000000000,prefill,all,100,30,0.3,',
    'lru,1000,1000000000,decode,all,300,90,0.3,',
    'lru,1000,1000000000,all,1,200,80,0.4,',
    'lru,1000,1000000000,all,3,200,40,0.2,',
  ])
  expect(lines).toHaveLength(10)
})

test('JSON: results by policy and size, and all facts of the trace', () => {
  const { results, ...facts } = JSON.parse(cacheFormats.json(cacheReport, chalk))
  expect(facts).toEqual({
    ...{ schemaVersion: 1, trace: cacheReport.trace, pool: 'shared', expertBytes: 1_000_000 },
  })
  expect(results).toHaveLength(4)
  expect(results[3]).toEqual({
    ...{
      policy: 'min',
      slots: 1000,
      capacityBytes: 1e9,
      accesses: 400,
      hits: 160,
      hitRate: 0.4,
      ci95: 0.012706,
    },
    phases: {
      prefill: { accesses: 100, hits: 40, hitRate: 0.4 },
      decode: { accesses: 300, hits: 120, hitRate: 0.4 },
    },
    layers: [
      { layer: 1, accesses: 200, hits: 120, hitRate: 0.6 },
      { layer: 3, accesses: 200, hits: 40, hitRate: 0.2 },
    ],
  })
})

// What counts as changed: both directions, each metric by its own tolerance.
import { describe, expect, test } from 'vitest'
import { compareRecorded, recordedOf } from '../../src/check/differences.ts'
import type { RunResult } from '../../src/sim/result.ts'

function resultOf(values: Readonly<Record<string, Readonly<Record<string, number>>>>): RunResult {
  return {
    schemaVersion: 1,
    moesim: '0',
    baseline: 'ep',
    seeds: [1],
    experiment: {},
    configSha256: 'c',
    traceSha256: 't',
    results: Object.entries(values).map(([id, metrics]) => ({
      id,
      scheduler: id,
      options: {},
      boundBy: 'memory',
      metrics: Object.fromEntries(
        Object.entries(metrics).map(([name, value]) => [name, { value, unit: 'ps' }]),
      ),
      layers: [],
    })),
  }
}

const METRICS = ['latency', 'speedup']
const compared = (
  was: Readonly<Record<string, number>>,
  now: Readonly<Record<string, number>>,
  tolerance = 0.1,
) =>
  compareRecorded({ ep: was }, resultOf({ ep: now }), METRICS, (metric) =>
    metric === 'speedup' ? 0 : tolerance,
  )

describe('a value', () => {
  test.each([
    [110, 'same', 0.1],
    [90, 'same', -0.1],
    [111, 'changed', 0.11],
    [89, 'changed', -0.11],
  ])('recorded as 100 with 10 percent of tolerance that is %d now is %s', (now, verdict, change) => {
    const [row] = compared({ latency: 100 }, { latency: now })
    expect(row).toMatchObject({ verdict, was: 100, now, unit: 'ps', tolerance: 0.1 })
    expect(row!.change).toBeCloseTo(change, 12)
  })

  test('has the tolerance of its own metric', () => {
    const rows = compared({ latency: 100, speedup: 1 }, { latency: 101, speedup: 1.01 })
    expect(rows.map(({ metric, verdict }) => [metric, verdict])).toEqual([
      ['latency', 'same'],
      ['speedup', 'changed'],
    ])
  })

  test('below 0 has a tolerance too', () => {
    expect(compared({ latency: -100 }, { latency: -109 })[0]).toMatchObject({ verdict: 'same' })
    expect(compared({ latency: -100 }, { latency: -111 })[0]).toMatchObject({ verdict: 'changed' })
  })

  test('that was 0 has changed as soon as it is something else', () => {
    expect(compared({ latency: 0 }, { latency: 0 })[0]).toMatchObject({ verdict: 'same', change: undefined })
    expect(compared({ latency: 0 }, { latency: 1 }, 1)[0]).toMatchObject({ verdict: 'changed' })
  })
})

test('a metric or scheduler that was not recorded is new, and one that is not there any more is gone', () => {
  const rows = compareRecorded(
    { ep: { latency: 1 }, old: { latency: 1 } },
    resultOf({ ep: { latency: 1, speedup: 2 }, young: { latency: 3 } }),
    METRICS,
    () => 0,
  )
  expect(rows.map(({ scheduler, metric, verdict }) => `${scheduler} ${metric} ${verdict}`)).toEqual([
    'ep latency same',
    'ep speedup new',
    'young latency new',
    'old latency gone',
  ])
})

test('only metrics that are asked for are recorded', () => {
  expect(recordedOf(resultOf({ ep: { latency: 1, hops: 2 } }), METRICS)).toEqual({ ep: { latency: 1 } })
})

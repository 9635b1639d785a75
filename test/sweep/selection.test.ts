// Limits leave out results that break them, a ranking keeps the best, and what is no limit is told with what was meant.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readLimit } from '../../src/config/limits.ts'
import { render, UserError } from '../../src/errors.ts'
import type { MergedSweep } from '../../src/sweep/merge.ts'
import { countResults, ranked, readLimits, readRanking, within } from '../../src/sweep/selection.ts'
import { mergedSweep } from '../helpers/merged-sweep.ts'

const merged = mergedSweep({ a: 3, b: 2 })

async function rowsOf(sweep: MergedSweep): Promise<string[]> {
  const rows: string[] = []
  for await (const { index, record } of sweep.points())
    for (const { id, metrics } of record.results) rows.push(`${index} ${id} ${metrics.latency!.value / 1e9}`)
  return rows
}

test('a limit is read in the units of its metric', () => {
  const kept = (text: string, value: number) => {
    const limit = readLimit(text, { file: 'a' })
    return 'isKept' in limit ? limit.isKept(value) : render(limit)
  }
  expect([kept('latency <= 6 ms', 6e9), kept('latency <= 6 ms', 6e9 + 1), kept('latency<6 ms', 6e9)]).toEqual(
    [true, false, false],
  )
  expect([
    kept('peakSramPerDie <= 8 MB', 8e6),
    kept('energy > 3 mJ', 0.0031),
    kept('energy > 3 mJ', 0.0029),
  ]).toEqual([true, true, false])
  expect([kept('speedup >= 1.2', 1.2), kept('speedup >= 1.2', 1.19), kept('dieArea <= 30 mm2', 31)]).toEqual([
    true,
    false,
    false,
  ])
  expect(kept('latency <= 6', 1)).toContain('latency <= a time with its unit')
  expect(kept('latncy <= 6 ms', 1)).toContain('did you mean "latency"?')
  expect(kept('latency ~ 6 ms', 1)).toContain('such as latency <= 6 ms')
})

test('results that break any limit are left out, and points of which nothing is left', async () => {
  const all = await rowsOf(merged)
  const limited = within(merged, readLimits(['latency <= 4 ms', 'latency > 1.3 ms'], 'f'))
  expect(await rowsOf(limited)).toEqual(
    all.filter((row) => Number(row.split(' ').at(-1)) <= 4 && Number(row.split(' ').at(-1)) > 1.3),
  )
  expect(await countResults(limited)).toBeLessThan(await countResults(merged))
  expect(within(merged, [])).toBe(merged)
  expect(await rowsOf(within(merged, readLimits(['llcHits >= 0'], 'f')))).toEqual([])
})

test('the best come first, by less of a cost and more of a gain, equal ones in the order of the sweep', async () => {
  const best = await rowsOf(ranked(merged, { metric: 'latency', top: 3 }))
  const latencies = (await rowsOf(merged))
    .map((row) => Number(row.split(' ').at(-1)))
    .toSorted((a, b) => a - b)
  expect(best.map((row) => Number(row.split(' ').at(-1)))).toEqual(latencies.slice(0, 3))
  const fastest = await rowsOf(ranked(merged, { metric: 'speedup', top: 2 }))
  expect(fastest.map((row) => row.split(' ').slice(0, 2).join(' '))).toEqual([
    '0 fse-dp:paired=true,slots=4',
    '1 fse-dp:paired=true,slots=4',
  ])
})

test('the best of many points are the first ones of all in order, however many are asked for', async () => {
  const point = (index: number, latency: number) => ({
    index,
    values: [],
    record: { results: [{ id: 'ep', metrics: { latency: { value: latency * 1e9, unit: 'ps' } } }] },
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 50 }),
      async (latencies, top) => {
        const many = {
          ...merged,
          async *points() {
            yield* latencies.map((latency, index) => point(index, latency))
          },
        } as unknown as MergedSweep
        const expected = latencies.map((latency, index) => ({ latency, index }))
        expected.sort((a, b) => a.latency - b.latency)
        expect(await rowsOf(ranked(many, { metric: 'latency', top }))).toEqual(
          expected.slice(0, top).map(({ latency, index }) => `${index} ep ${latency}`),
        )
      },
    ),
  )
})

test('a ranking by a metric that no result has is refused', async () => {
  await expect(rowsOf(ranked(merged, { metric: 'latencyDecode', top: 3 }))).rejects.toThrow(
    'no result has latencyDecode',
  )
})

test('--top and --by are a whole number and a metric, together', () => {
  expect(readRanking(undefined, undefined)).toBeUndefined()
  expect(readRanking('3', 'latency')).toEqual({ metric: 'latency', top: 3 })
  expect(() => readRanking('3', undefined)).toThrow('--top and --by go together')
  expect(() => readRanking('0', 'latency')).toThrow('--top must be a whole number from 1')
  expect(() => readRanking('3', 'latencyy')).toThrow(UserError)
})

// The page of hit rates: its charts, what they draw, and what is left out where there is too little or too much.
import { describe, expect, test } from 'vitest'
import { cachePage } from '../../../src/report/page/cache-page.ts'
import { hitRatesChart } from '../../../src/report/page/charts/hit-rates.ts'
import { layerHitRatesChart } from '../../../src/report/page/charts/hit-rates-by-layer.ts'
import { chartsOf } from '../../../src/report/page/page.ts'
import { chartFiles } from '../../../src/report/page/svg.ts'
import type { CacheReport } from '../../../src/report/trace/cache-report.ts'
import { cacheReport, ofSize } from '../../helpers/cache-report.ts'
import { complaintsOf, rowsIn } from '../../helpers/charts.ts'

/** One policy in so many sizes. */
function manySizes(count: number): CacheReport {
  const [first] = cacheReport.results
  return { ...cacheReport, results: Array.from({ length: count }, (_, i) => ({ ...first!, slots: i + 1 })) }
}

const page = (report: CacheReport) => cachePage(report, '1.2.3', 'moesim trace cache chat.csv')

describe('the curve', () => {
  test('has a point for each policy and size, with a band inside 0 to 100 %', () => {
    const wide = {
      ...cacheReport,
      results: cacheReport.results.map((each) => ({ ...each, standardError: 0.2 })),
    }
    const rows = rowsIn(hitRatesChart(wide))
    expect(rows.map(({ policy, slots, share, rate }) => [policy, slots, share, rate])).toEqual([
      ['lru', 500, 25, 20],
      ['lru', 1000, 50, 30],
      ['min', 500, 25, 25],
      ['min', 1000, 50, 40],
    ])
    expect(rows.map(({ low, high }) => [low, high])).toEqual(Array(4).fill([0, 100]))
    expect(rowsIn(hitRatesChart(cacheReport))[0]).toMatchObject({ low: expect.closeTo(18.73, 2) })
  })

  test('needs two sizes', () => {
    expect(hitRatesChart(ofSize(500))).toBeUndefined()
  })

  test('thins very many sizes out, evenly on its axis, and keeps the ends', () => {
    const slots = rowsIn(hitRatesChart(manySizes(5000))).map((row) => row.slots as number)
    expect(slots.length).toBeLessThanOrEqual(202)
    expect([slots[0], slots.at(-1)]).toEqual([1, 5000])
    expect(
      slots.every((size, i) => i === 0 || size <= Math.max(slots[i - 1]! + 1, slots[i - 1]! * 1.1)),
    ).toBe(true)
  })
})

describe('the layers', () => {
  test('have a point for each policy, size and layer; files show the size in the middle', () => {
    const chart = layerHitRatesChart(cacheReport)!
    expect(rowsIn(chart)).toHaveLength(8)
    expect(rowsIn(chart)[1]).toEqual({ policy: 'lru', slots: 500, layer: 3, rate: 20 })
    expect(chart.caption).toContain('files show 1000 slots')
  })

  test('are left out where there is one, and where they were not counted', () => {
    const single = { ...cacheReport, trace: { ...cacheReport.trace, layers: [1] } }
    const uncounted = cacheReport.results.map(({ layers: _, ...rest }) => rest)
    expect(layerHitRatesChart(single)).toBeUndefined()
    expect(layerHitRatesChart({ ...cacheReport, results: uncounted })).toBeUndefined()
  })
})

test('the page has both charts, its tables, its notes and the command that repeats it', () => {
  const { sections, facts } = page(cacheReport)
  expect(chartsOf(page(cacheReport)).map(({ id }) => id)).toEqual(['hit-rates', 'hit-rates-by-layer'])
  expect(sections[0]!.tables.map(({ title }) => title)).toEqual([
    'Hit rate [%]',
    'Hit rate of prefill [%]',
    'Hit rate of decode [%]',
  ])
  expect(sections[0]!.notes).toEqual(['± is the 95 % interval over requests.'])
  expect(sections[1]!.commands).toContain('moesim trace cache chat.csv --format json')
  expect(facts).toContainEqual({ label: 'moesim', text: '1.2.3' })
  expect(page(manySizes(101)).sections[0]!.tables).toEqual([])
})

test('its charts give Vega-Lite nothing to complain of, and draw', async () => {
  for (const report of [cacheReport, manySizes(30)]) {
    for (const chart of chartsOf(page(report))) expect(complaintsOf(chart), chart.id).toEqual([])
  }
  const svgs = new Map<string, string>()
  for await (const { name, svg } of chartFiles(page(cacheReport))) svgs.set(name, svg)
  expect(svgs.get('hit-rates')).toContain('slots [experts]')
  expect(svgs.get('hit-rates')!.match(/aria-roledescription="area mark"/g)).toHaveLength(2)
  // Points of the size that is shown: two policies, two layers.
  expect(svgs.get('hit-rates-by-layer')!.match(/aria-roledescription="point"/g)).toHaveLength(4)
})

// The page of a run as data: which charts a result has, and that Vega-Lite draws each without a warning.
import { describe, expect, test } from 'vitest'
import { boundsChart } from '../../../src/report/page/charts/bounds.ts'
import { memoryTrafficChart, sramChart } from '../../../src/report/page/charts/memory.ts'
import { latencyPartsChart } from '../../../src/report/page/charts/parts.ts'
import { speedupChart } from '../../../src/report/page/charts/speedup.ts'
import { chartsOf } from '../../../src/report/page/page.ts'
import { runPage } from '../../../src/report/page/run-page.ts'
import { type ChartFile, chartFiles } from '../../../src/report/page/svg.ts'
import type { Metric, RunResult } from '../../../src/sim/result.ts'
import { complaintsOf, rowsIn } from '../../helpers/charts.ts'
import { sampleResult } from '../../helpers/results.ts'

/** The sample with metrics added to every scheduler. */
function withMetrics(added: Readonly<Record<string, Metric>>): RunResult {
  const results = sampleResult.results.map((result) => ({
    ...result,
    metrics: { ...result.metrics, ...added },
  }))
  return { ...sampleResult, results }
}

const ps = (value: number): Metric => ({ value, unit: 'ps' })

describe('charts of a run', () => {
  test('are those the result has numbers for', () => {
    expect(chartsOf(runPage(sampleResult, 'moesim run')).map(({ id }) => id)).toEqual([
      ...['speedup', 'bounds', 'layers', 'sram', 'traffic'],
    ])
    const more = withMetrics({
      ...{ latencyMoe: ps(4e9), latencyAttention: ps(1e9) },
      energyMac: { value: 0.5, unit: 'J' },
    })
    expect(chartsOf(runPage(more, 'moesim run')).map(({ id }) => id)).toEqual([
      ...['speedup', 'bounds', 'latency-parts', 'layers', 'sram', 'traffic', 'energy'],
    ])
  })

  test('give Vega-Lite nothing to complain of, with and without intervals', () => {
    const withInterval = withMetrics({
      speedup: { value: 1.5, unit: 'ratio', ci95: 0.25 },
      boundMemory: ps(9),
    })
    for (const result of [sampleResult, withInterval]) {
      for (const chart of chartsOf(runPage(result, 'moesim run'))) {
        expect(complaintsOf(chart), chart.id).toEqual([])
      }
    }
  })

  test('the check sees a complaint', () => {
    const [chart] = chartsOf(runPage(sampleResult, 'moesim run'))
    const spec = { data: { values: [] }, mark: 'bar' as const, encoding: { x: {} } }
    expect(complaintsOf({ ...chart!, spec })).not.toEqual([])
  })

  test('show the speedup with the ends of its interval', () => {
    const chart = speedupChart(withMetrics({ speedup: { value: 2, unit: 'ratio', ci95: 0.5 } }))
    expect(rowsIn(chart)[0]).toMatchObject({
      ...{ scheduler: 'ep', speedup: 2, low: 1.5, high: 2.5, label: '2.00 ± 0.500' },
    })
    expect(chart.caption).toContain('95 % interval')
    expect(speedupChart(sampleResult).caption).toContain('No intervals')
  })

  test('show memory in megabytes by class, in parts that add up', () => {
    const parts = rowsIn(sramChart(sampleResult)).filter(({ scheduler }) => scheduler === 'ep')
    expect(parts.map(({ part }) => part)).toEqual(['weights', 'tokens'])
    expect(parts.reduce((sum, { amount }) => sum + Number(amount), 0)).toBeCloseTo(8, 9)
  })

  test('show as activations what is read beside weights, keys and values', () => {
    const chart = memoryTrafficChart(
      withMetrics({
        memoryReadWeights: { value: 3e9, unit: 'B' },
        memoryReadKv: { value: 1.5e9, unit: 'B' },
      }),
    )
    const activations = rowsIn(chart).find(({ part }) => part === 'activations read from memory')
    expect(activations?.amount).toBeCloseTo(0.5, 9)
    expect(JSON.stringify(chart?.spec)).toContain('bytes moved [GB]')
    expect(JSON.stringify(sramChart(sampleResult)?.spec)).toContain('SRAM [MB]')
  })

  test('show a bound that is nothing as no bound', () => {
    const bounds = rowsIn(boundsChart(withMetrics({ boundMemory: ps(2e9), boundLink: ps(0) })))
    expect(bounds.filter(({ kind }) => kind === 'bound').map(({ bound }) => bound)).toEqual([
      ...['memory channels', 'memory channels'],
    ])
  })

  test('leave out what nobody has any of', () => {
    expect(latencyPartsChart(sampleResult)).toBeUndefined()
    expect(latencyPartsChart(withMetrics({ latencyMoe: ps(0) }))).toBeUndefined()
  })
})

describe('SVG of the charts', () => {
  const drawn = async (result: RunResult) => {
    const files: ChartFile[] = []
    for await (const file of chartFiles(runPage(result, 'moesim run'))) files.push(file)
    return files
  }

  test('has the marks and the text of each chart, with the same bytes again', async () => {
    const files = await drawn(sampleResult)
    expect(files.map(({ name }) => name)).toEqual(['speedup', 'bounds', 'layers', 'sram', 'traffic'])
    for (const { name, svg } of files) {
      expect(svg, name).toMatch(/^<svg /)
      expect(svg, name).toContain('fse-dp:paired=true,slots=4')
      expect(svg.match(/aria-roledescription="(bar|tick|point)"/g)?.length ?? 0, name).toBeGreaterThan(1)
    }
    expect(await drawn(sampleResult)).toEqual(files)
  })

  test('keeps markup in names as text', async () => {
    const [ep, other] = sampleResult.results
    const results = [ep!, { ...other!, id: '<script>alert(1)</script>' }]
    for (const { svg } of await drawn({ ...sampleResult, results })) expect(svg).not.toContain('<script')
  })
})

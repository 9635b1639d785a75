// What holds for every page: what its title says, how far its scales reach, and how its style wraps, prints and narrows.
import { describe, expect, test } from 'vitest'
import { cachePage } from '../../../src/report/page/cache-page.ts'
import { curvesChart } from '../../../src/report/page/charts/curves.ts'
import { packageMap } from '../../../src/report/page/charts/package-map.ts'
import { sizeUnit } from '../../../src/report/page/charts/rows.ts'
import { sramFillChart } from '../../../src/report/page/charts/sram-fill.ts'
import { competePage } from '../../../src/report/page/compete-page.ts'
import { fitted, fittedConfig } from '../../../src/report/page/fitted.ts'
import { type Chart, chartsOf } from '../../../src/report/page/page.ts'
import { runPage } from '../../../src/report/page/run-page.ts'
import { STYLE } from '../../../src/report/page/style.ts'
import { sweepPage } from '../../../src/report/page/sweep-page.ts'
import { chartConfig } from '../../../src/report/page/theme.ts'
import { paretoFront } from '../../../src/sweep/pareto.ts'
import { cacheReport } from '../../helpers/cache-report.ts'
import { mergedSweep } from '../../helpers/merged-sweep.ts'
import { MESH, observedRun } from '../../helpers/observed.ts'
import { sampleResult } from '../../helpers/results.ts'

describe('the title', () => {
  const what = 'tiny-moe on tiny-2x2: 2 iterations of 64 tokens'

  test('of a run names model, hardware and workload; the name of the experiment is a fact', () => {
    const { title, facts } = runPage(sampleResult, 'moesim run')
    expect(title).toBe(what)
    expect(facts).toContainEqual({ label: 'experiment', text: 'sample' })
  })

  test('of a sweep names what all its points share, and counts the rest', async () => {
    const merged = mergedSweep({ a: 2, b: 2 })
    const other = { name: 'other-3x3' }
    const mixed = {
      ...merged,
      async *points() {
        for await (const point of merged.points()) {
          const { experiment, ...rest } = point.record
          const hardware = { ...(experiment as { hardware: object }).hardware, ...other }
          const changed = point.index === 0 ? experiment : { ...(experiment as object), hardware }
          yield { ...point, record: { ...rest, experiment: changed } }
        }
      },
    }
    const objectives = ['latency']
    const titleOf = async (sweep: typeof merged) => {
      const front = await paretoFront(sweep, objectives)
      return (await sweepPage(sweep, { front, objectives, command: 'moesim sweep' })).title
    }
    expect(await titleOf(merged)).toBe(what)
    expect(await titleOf(mixed)).toBe('tiny-moe on 2 machines: 2 iterations of 64 tokens')
  })

  test('of hit rates names model and trace', () => {
    const { title } = cachePage(cacheReport, '1.2.3', 'moesim trace cache')
    expect(title).toContain(cacheReport.trace.model)
    expect(title).toContain(cacheReport.trace.path)
  })

  test('of a competition names what all its cells share, and counts the rest', () => {
    const entry = { scheduler: 'ep', overOptimum: 1, latencyPs: 1 }
    const cell = { hardware: 'a', model: 'm', tokens: '16', optimumPs: 1, entries: [entry] }
    const cells = [cell, { ...cell, hardware: 'b' }] as never
    expect(
      competePage({ standings: [], cells, refused: 0, reasons: [] }, '1.2.3', 'moesim compete').title,
    ).toBe('Leaderboard: m on 2 machines, 16 tokens')
  })
})

/** The scales of all channels of a spec that show a share, by field. */
function shareScales(spec: unknown): [string, unknown][] {
  const found: [string, unknown][] = []
  JSON.stringify(spec, (_, value) => {
    const { field, type, scale } = (value ?? {}) as { field?: string; type?: string; scale?: object }
    if (type === 'quantitative' && SHARES.includes(field ?? '')) found.push([field!, scale])
    return value
  })
  return found
}
const SHARES = ['utilization', 'breadth', 'busy', 'rate', 'low', 'high']

describe('a scale of utilization', () => {
  const domainOf = (scale: unknown) => (scale as { domain?: unknown } | undefined)?.domain

  test('reaches from 0 to 100 % on the package, however little is used', () => {
    const scales = shareScales(packageMap(observedRun(MESH))!.spec)
    expect(scales.map(([field]) => field).sort()).toEqual(['breadth', 'busy', 'utilization'])
    for (const [field, scale] of scales) expect(domainOf(scale), field).toEqual([0, 1])
  })

  test('reaches from 0 to 100 % for hit rates', () => {
    for (const { id, spec } of chartsOf(cachePage(cacheReport, '1.2.3', 'moesim trace cache'))) {
      const domains = shareScales(spec).flatMap(([, scale]) => domainOf(scale) ?? [])
      expect(domains, id).toEqual([0, 100])
    }
  })

  test('reaches from 0 to 100 % in the curves of figures', () => {
    const columns = [
      { name: 'model' },
      { name: 'scheduler' },
      { name: 'bin start', unit: 'ps' },
      { name: 'utilization', unit: 'share' },
    ]
    const table = { name: 'courses', title: 'courses', columns, rows: [['m', 'ep', 0, 0.2]] }
    expect(curvesChart('F11', table as never)!.spec).toMatchObject({
      spec: { encoding: { y: { title: 'utilization', scale: { domain: [0, 1] } } } },
    })
  })
})

describe('sizes', () => {
  test.each([
    [0, 'MB', 0],
    [999e6, 'MB', 999],
    [1e9, 'GB', 1],
    [2.5e12, 'TB', 2.5],
  ])('of %d B at most are shown in %s', (bytes, unit, shown) => {
    expect(sizeUnit(bytes).unit).toBe(unit)
    expect(sizeUnit(bytes).of(bytes)).toBe(shown)
  })

  test('of SRAM over time have one unit in axis, tooltip and rows', () => {
    const run = observedRun(MESH)
    const schedulers = run.schedulers.map((scheduler) => ({
      ...scheduler,
      dies: scheduler.dies.map((die) => ({ ...die, fill: { weightBytes: [2e9, 1e9], tokenBytes: [0, 0] } })),
    }))
    const { spec } = sramFillChart({ ...run, schedulers, sramBytes: 3e9 })!
    const text = JSON.stringify(spec)
    for (const part of ['SRAM of a die [GB]', 'weights [GB]', '"weights":[2,1,1]', '"capacity":3']) {
      expect(text).toContain(part)
    }
    expect(text).not.toContain('[MB]')
  })
})

describe('the style', () => {
  const print = /@media print\{([\s\S]*)\n\}/.exec(STYLE)?.[1] ?? ''

  test('wraps commands', () => {
    expect(STYLE).toMatch(/\npre\{[^}]*white-space:pre-wrap;overflow-wrap:anywhere/)
  })

  test('cuts nothing off on paper, opens what is folded and is light there', () => {
    expect(print).toContain('.chart,.scroll,pre{overflow:visible;max-height:none}')
    expect(print).toContain('.chart svg,.chart canvas{max-width:100%')
    expect(print).toContain('section details::details-content{content-visibility:visible;display:block')
    expect(print).toContain(`--back:${chartConfig('light').background}`)
  })

  test('puts facts below their labels on a phone', () => {
    expect(STYLE).toMatch(/@media \(max-width:600px\)\{[^\n]*dl\{grid-template-columns:1fr/)
  })
})

describe('on a narrow screen', () => {
  const specOf = ({ spec }: Chart) => spec as never
  const [speedup, , layers] = chartsOf(runPage(sampleResult, 'moesim run'))

  test('a chart is as wide as there is room, with room for the text beside its bars', () => {
    expect(fitted(specOf(layers!), 396)).toMatchObject({ width: 396, autosize: { type: 'fit-x' } })
    expect(fitted(specOf(speedup!), 396)).toMatchObject({ width: 396, padding: { right: 104 } })
    expect(fitted(specOf(layers!), 1184)).toBe(layers!.spec)
  })

  test('panels stand below each other, and the package keeps its shape', () => {
    const map = packageMap(observedRun(MESH))!
    expect(fitted(specOf(map), 396)).toMatchObject({ columns: 1, spec: { width: 330, height: 220 } })
    expect(fitted(specOf(sramFillChart(observedRun(MESH))!), 396)).toMatchObject({
      ...{ columns: 1, spec: { width: 312, height: 190 } },
    })
  })

  test('legends go down, and labels are shorter', () => {
    expect(JSON.stringify(fitted(specOf(layers!), 396))).toContain('"columns":1')
    const config = fittedConfig(chartConfig('dark') as never, 396)
    expect(config).toMatchObject({ axis: { labelLimit: 130 }, legend: { columns: 1 } })
    expect(fittedConfig(config, 1184)).toBe(config)
  })
})

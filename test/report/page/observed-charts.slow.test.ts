// The charts that look inside one iteration: what they draw, what they say, and that nothing shows without a tooltip.
import { describe, expect, test } from 'vitest'
import type { TopologySpec } from '../../../src/hardware/spec.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { packageMap } from '../../../src/report/page/charts/package-map.ts'
import { sramFillChart } from '../../../src/report/page/charts/sram-fill.ts'
import { waitsChart } from '../../../src/report/page/charts/waits.ts'
import { type Chart, chartsOf, POINTER_LAYER } from '../../../src/report/page/page.ts'
import { runPage } from '../../../src/report/page/run-page.ts'
import { chartFiles } from '../../../src/report/page/svg.ts'
import { complaintsOf, rowsIn } from '../../helpers/charts.ts'
import { MESH, observedRun, observedScheduler } from '../../helpers/observed.ts'
import { sampleResult } from '../../helpers/results.ts'

const TOPOLOGIES: readonly TopologySpec[] = [
  MESH,
  { kind: 'mesh', columns: 5, rows: 5, numbering: 'row-major' },
  { kind: 'torus', columns: 3, rows: 3, numbering: 'row-major' },
  { kind: 'crossbar', dies: 8 },
  { kind: 'ring', dies: 1 },
  { kind: 'ring', dies: 5 },
]

test.each(TOPOLOGIES)('give Vega-Lite nothing to complain of on %j', (topology) => {
  const run = observedRun(topology)
  const slow = observedRun(topology, {
    schedulers: [...run.schedulers, observedScheduler('slow', topology, 1e9)],
  })
  for (const observed of [run, slow]) {
    const charts = [packageMap(observed)!, waitsChart(observed)!, sramFillChart(observed)!]
    for (const chart of charts) expect(complaintsOf(chart), chart.id).toEqual([])
  }
})

test('each of them has a tooltip on what it draws', () => {
  const run = observedRun(MESH)
  for (const chart of [packageMap(run)!, waitsChart(run)!, sramFillChart(run)!]) {
    const { spec } = chart.spec as unknown as { spec: { layer?: readonly object[]; encoding?: object } }
    const layers = spec.layer ?? [spec]
    const withTooltip = layers.filter((layer) => 'tooltip' in ((layer as typeof spec).encoding ?? {}))
    expect(withTooltip.length, chart.id).toBeGreaterThan(0)
  }
})

test('they are drawn as SVG: a rectangle for each die, a line for each link, no points for the pointer', async () => {
  const svgs = new Map<string, string>()
  const page = runPage(sampleResult, 'moesim run', observedRun(MESH))
  for await (const { name, svg } of chartFiles(page)) svgs.set(name, svg)
  const marks = (name: string, role: string) =>
    svgs.get(name)!.match(new RegExp(`aria-roledescription="${role}"`, 'g'))?.length ?? 0
  expect(marks('package', 'rect mark')).toBe(2 * 6)
  // A 3x2 mesh has 7 edges.
  // And each second die a channel.
  expect(marks('package', 'rule mark')).toBe(2 * 7 * 2 + 2 * 3)
  // Two states of each of 6 dies and of their mean.
  expect(marks('waits', 'bar')).toBe(2 * 2 * 7)
  expect(marks('sram-over-time', 'line mark')).toBe(2 * 6)
  expect(marks('sram-over-time', 'rule mark')).toBe(2)
  expect(svgs.get('sram-over-time')).not.toContain('mark-symbol role-mark')
})

test('an id with several options is there whole, in several lines', async () => {
  const id = 'ep:combine=true,placement=balanced,prefetch=2'
  const page = runPage(sampleResult, 'x', observedRun(MESH, { schedulers: [observedScheduler(id, MESH)] }))
  let count = 0
  for await (const { name, svg } of chartFiles(page)) {
    if (!['package', 'waits', 'sram-over-time'].includes(name)) continue
    for (const line of id.split(',')) expect(svg, name).toContain(`>${line}</tspan>`)
    count++
  }
  expect(count).toBe(3)
})

describe('the map', () => {
  test('has the busy share and the amounts of each die, the use of its channel and of each link', () => {
    const rows = rowsIn(packageMap(observedRun(MESH)))
    const die = rows.find(({ kind, die }) => kind === 'die' && die === 4)
    expect(die).toMatchObject({ scheduler: 'ep', busyText: '50.0 %', pairs: 12.5, read: '3.00 MB' })
    const channels = rows.filter(({ kind, scheduler }) => kind === 'channel' && scheduler === 'ep')
    expect(channels.map(({ die }) => die)).toEqual([0, 2, 4])
    expect(channels[2]).toMatchObject({ carried: '6.00 MB', used: '25.0 %' })
    // A quarter of the side of its die.
    expect((channels[2]!.x2 as number) - (channels[2]!.x as number)).toBeCloseTo(
      ((rows[4]!.x2 as number) - (rows[4]!.x as number)) / 4,
    )
    const link = rows.find(({ kind, ends }) => kind === 'link' && ends === 'die 1 to die 0')
    const { links } = buildTopology(MESH)
    const place = links.findIndex(({ from, to }) => from === 1 && to === 0)
    expect(link).toMatchObject({ utilization: place / 100, used: `${place}.0 %` })
  })

  test('names the switch of a crossbar, and says that its circle is not where the dies are', () => {
    const chart = packageMap(observedRun({ kind: 'crossbar', dies: 8 }))!
    expect(chart.caption).toContain('on a circle')
    expect(rowsIn(chart).filter(({ kind }) => kind === 'switch')).toHaveLength(2)
    expect(rowsIn(chart).some(({ ends }) => ends === 'die 3 to the switch')).toBe(true)
  })

  test('names the dies where there is room for it', async () => {
    const named = async (columns: number) => {
      const topology: TopologySpec = { kind: 'mesh', columns, rows: columns, numbering: 'row-major' }
      const page = runPage(sampleResult, 'x', observedRun(topology))
      for await (const { name, svg } of chartFiles(page))
        if (name === 'package') return svg.includes('>7</text>')
    }
    expect(await named(5)).toBe(true)
    expect(await named(12)).toBe(false)
  })

  test('says where both directions share a link', () => {
    const chart = packageMap(observedRun(MESH, { hasSharedLinks: true }))!
    expect(chart.caption).toContain('Both directions share a link.')
    expect(rowsIn(chart).some(({ ends }) => ends === 'die 0 and die 1')).toBe(true)
  })
})

describe('SRAM over time', () => {
  test('draws the capacity where it is near, and says it where it is far or missing', () => {
    const layersOf = (chart: Chart) =>
      (chart.spec as unknown as { spec: { layer: readonly object[] } }).spec.layer
    const [near, far, none] = [3e6, 300e6, Infinity].map((sramBytes) =>
      sramFillChart(observedRun(MESH, { sramBytes })),
    )
    expect(near!.caption).toContain('Dashed: the 3.00 MB that a die has.')
    expect(layersOf(near!)).toHaveLength(3)
    expect(far!.caption).toContain('A die has 300 MB')
    expect(layersOf(far!)).toHaveLength(2)
    expect(none!.caption).toContain('no limit')
    expect(layersOf(none!).map((layer) => (layer as { name?: string }).name)).toContain(POINTER_LAYER)
  })

  test('holds each die in one row, with a last point that ends the last step', () => {
    const rows = rowsIn(sramFillChart(observedRun(MESH)))
    expect(rows).toHaveLength(2 * 6)
    expect(rows[0]).toMatchObject({ stepUs: 25, weights: [1, 2, 0, 1, 1], tokens: [0.5, 0.5, 0.5, 0, 0] })
  })

  test('is left out where nothing is ever in SRAM', () => {
    const empty = (scheduler: ReturnType<typeof observedScheduler>) => ({
      ...scheduler,
      dies: scheduler.dies.map((die) => ({ ...die, fill: { weightBytes: [0], tokenBytes: [0] } })),
    })
    const { schedulers } = observedRun(MESH)
    expect(sramFillChart(observedRun(MESH, { schedulers: schedulers.map(empty) }))).toBeUndefined()
  })
})

test('the waits of the mean and of each die add up to the latency', () => {
  const rows = rowsIn(waitsChart(observedRun(MESH))).filter(({ scheduler }) => scheduler === 'ep')
  const names = [...new Set(rows.map(({ die }) => die))]
  expect(names).toEqual(['mean', '0', '1', '2', '3', '4', '5'])
  for (const name of names) {
    const us = rows.filter(({ die }) => die === name).map(({ us }) => Number(us))
    expect(us.reduce((a, b) => a + b)).toBeCloseTo(100, 9)
  }
})

test('latencies that differ much have time axes of their own, and say so', () => {
  const far = [observedScheduler('a', MESH), observedScheduler('b', MESH, 1e9)]
  for (const draw of [waitsChart, sramFillChart]) {
    expect(draw(observedRun(MESH))!.caption).not.toContain('its own time axis')
    expect(draw(observedRun(MESH, { schedulers: far }))!.caption).toContain('its own time axis')
  }
})

test('so many marks that they would be slow as elements are drawn as one picture', () => {
  const large: TopologySpec = { kind: 'mesh', columns: 20, rows: 20, numbering: 'row-major' }
  for (const draw of [packageMap, waitsChart, sramFillChart]) {
    const rendererOf = (chart: Chart | undefined) =>
      (chart!.spec.usermeta as { embedOptions?: { renderer: string } } | undefined)?.embedOptions?.renderer
    expect(rendererOf(draw(observedRun(MESH)))).toBeUndefined()
    expect(rendererOf(draw(observedRun(large)))).toBe('canvas')
  }
})

test('the page says which iteration was looked at, who is missing and who pauses', () => {
  const schedulers = [observedScheduler('ep', MESH), { ...observedScheduler('slack', MESH), tokens: 60 }]
  const page = runPage(sampleResult, 'x', observedRun(MESH, { schedulers, leftOut: ['ahead'] }))
  const section = page.sections.find(({ heading }) => heading === 'Inside one iteration')!
  expect(section.charts.map(({ id }) => id)).toEqual(['package', 'waits', 'sram-over-time'])
  expect(section.notes[0]).toContain('Layer 0, iteration 1 of 2 (decode, 64 tokens), seed 1')
  expect(section.notes[1]).toContain('the first one')
  expect(section.notes.slice(2).join(' ')).toMatch(
    /slack pauses requests: it has 60 tokens.*interleaved: ahead\./,
  )
})

test('without anybody to look at there is no such section', () => {
  const page = runPage(sampleResult, 'x', observedRun(MESH, { schedulers: [], leftOut: ['ahead'] }))
  expect(chartsOf(page)).toEqual(chartsOf(runPage(sampleResult, 'x')))
})

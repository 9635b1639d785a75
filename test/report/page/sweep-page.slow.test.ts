// The page of a sweep as data: which charts its axes give, its rows, its front, and how large it gets.
import { describe, expect, test } from 'vitest'
import { nodeIo } from '../../../src/cli/node/io.ts'
import { pageHtml } from '../../../src/report/page/document.ts'
import { chartsOf, SWEEP_ROWS } from '../../../src/report/page/page.ts'
import { chartFiles } from '../../../src/report/page/svg.ts'
import { sweepPage } from '../../../src/report/page/sweep-page.ts'
import type { MergedSweep } from '../../../src/sweep/merge.ts'
import { paretoFront } from '../../../src/sweep/pareto.ts'
import { mergedSweep } from '../../helpers/merged-sweep.ts'

const OBJECTIVES = ['latency', 'peakSramPerDie']
/** What Vega and its licences may take of a page. */
const SCRIPT_BYTES = 1e6

const pageOf = async (merged: MergedSweep) =>
  await sweepPage(merged, {
    front: await paretoFront(merged, OBJECTIVES),
    objectives: OBJECTIVES,
    command: 'moesim sweep grid.yaml',
  })

describe('the charts of a sweep', () => {
  test('are a map for two axes or more, lines for one, and the front', async () => {
    const idsOf = async (merged: MergedSweep) => chartsOf(await pageOf(merged)).map(({ id }) => id)
    expect(await idsOf(mergedSweep({ a: 3, b: 2 }))).toEqual(['heat-map', 'pareto'])
    expect(await idsOf(mergedSweep({ a: 3, b: 1 }))).toEqual(['axis-lines', 'pareto'])
    expect(await idsOf(mergedSweep({ a: 1, b: 1, names: ['x', 'y'] }))).toEqual(['axis-lines', 'pareto'])
    expect(await idsOf(mergedSweep({ a: 1, b: 1 }))).toEqual(['pareto'])
  })

  test('draw: the map shows one value of the third axis, a rectangle for each place and scheduler', async () => {
    const svgs = new Map<string, string>()
    for await (const { name, svg } of chartFiles(
      await pageOf(mergedSweep({ a: 3, b: 2, names: ['x', 'y'] })),
    )) {
      svgs.set(name, svg)
    }
    const marks = (name: string, role: string) =>
      svgs.get(name)!.match(new RegExp(`aria-roledescription="${role}"`, 'g'))?.length
    expect(marks('heat-map', 'rect mark')).toBe(3 * 2 * 2)
    expect(marks('pareto', 'point')).toBeGreaterThanOrEqual(3 * 2 * 2 * 2)
    expect(svgs.get('heat-map')).toContain('link.bandwidth [GB/s]')
  })
})

test('rows hold every scheduler at every point, in readable units', async () => {
  const { datasets } = await pageOf(mergedSweep({ a: 2, b: 2 }))
  const rows = datasets[SWEEP_ROWS]!
  expect(rows).toHaveLength(2 * 2 * 2)
  expect(rows[0]).toMatchObject({
    ...{ point: 1, axis0: 1, axis1: 1, axis2: 'x', scheduler: 'ep', 'latency ms': 1.2345 },
    'SRAM per die GB': 1,
  })
})

test('the table of the front has the rows that are marked, and those alone', async () => {
  const page = await pageOf(mergedSweep({ a: 2, b: 1 }))
  const table = page.sections[0]!.tables[0]!
  const marked = page.datasets[SWEEP_ROWS]!.filter(({ front }) => front === true)
  expect(marked.length).toBeGreaterThan(0)
  expect(table.rows.map(([point]) => point)).toEqual(marked.map(({ point }) => `${point}`))
})

test('a point that cannot run is said with its reason, and has no row', async () => {
  const merged = mergedSweep({ a: 2, b: 1 })
  const refusing: MergedSweep = {
    ...{ plan: merged.plan, refused: 1 },
    async *points() {
      for await (const point of merged.points()) {
        const isRefused = point.index === 1
        yield isRefused ? { ...point, record: { ...point.record, results: [], error: 'too <small>' } } : point
      }
    },
  }
  const page = await pageOf(refusing)
  expect(page.facts.find(({ label }) => label === 'points')?.text).toBe('2, 1 of them cannot run')
  expect(page.sections[1]).toMatchObject({
    ...{ heading: 'Points that cannot run', notes: ['Point 2: too <small>'] },
  })
  expect(page.datasets[SWEEP_ROWS]!.every(({ point }) => point === 1)).toBe(true)
})

test('a sweep of 1,000 points stays under 3 MB, and has the same bytes again', async () => {
  const script = { code: '', licences: '' }
  const html = async () =>
    pageHtml(nodeIo, await pageOf(mergedSweep({ a: 50, b: 10, names: ['x', 'y'] })), script)
  const first = await html()
  expect(Buffer.byteLength(first)).toBeLessThan(3e6 - SCRIPT_BYTES)
  expect(await html()).toBe(first)
})

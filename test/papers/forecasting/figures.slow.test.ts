// Every figure of the forecasting paper on a tiny setting: its shape, and that its verdicts follow the simulation.
import { beforeAll, describe, expect, test } from 'vitest'
import { nodeIo } from '../../../src/cli/node/io.ts'
import type { FigureResult, Row, Verdict } from '../../../src/papers/figure.ts'
import { forecasting } from '../../../src/papers/forecasting/figures.ts'
import { Lab } from '../../../src/papers/lab.ts'
import { runCli } from '../../helpers/run-cli.ts'
import { hooks } from '../tiny-lab.ts'
import { TinyForecastLab } from './tiny-lab.ts'

/** They simulate little, and mean nothing on other models. */
const AS_THEY_ARE = ['predictors', 'area', 'movement', 'validation']
const ids = Object.keys(forecasting.figures).filter((id) => forecasting.figures[id]!.needsTrace !== true)
const run = (id: string, sets: readonly string[] = [], isQuick = true) => {
  const lab = AS_THEY_ARE.includes(id)
    ? new Lab(nodeIo, { isQuick, seed: 1 }, hooks)
    : new TinyForecastLab(sets, isQuick)
  return forecasting.figures[id]!.run(lab)
}
/** In one lab, where figures share what they simulate. */
const results = new Map<string, FigureResult>()
beforeAll(async () => {
  const tiny = new TinyForecastLab()
  for (const id of ids)
    results.set(id, AS_THEY_ARE.includes(id) ? await run(id) : await forecasting.figures[id]!.run(tiny))
})
const rowOf = ({ rows }: FigureResult, id: string): Row => rows.find((row) => row.id === id)!
const verdictOf = (result: FigureResult, id: string): Verdict | undefined =>
  rowOf(result, id).judgement?.verdict

describe.each(ids)('figure %s', (id) => {
  test('has rows with a finite number, an own id, a reason and a way to run them', () => {
    const { rows } = results.get(id)!
    expect(rows.length).toBeGreaterThan(0)
    expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length)
    for (const row of rows) {
      expect(Number.isFinite(row.ours.value), row.id).toBe(true)
      expect(row.id.startsWith(`${id}-`), row.id).toBe(true)
      expect(row.config, row.id).toMatch(/^(forecasting-(fig\d|dojo)|forecast-on-fse-dp|none: |a message )/)
      expect(row.reason, row.id).not.toMatch(/undefined|NaN|Infinity|\.$/)
      if (row.claim !== undefined) expect(forecasting.claims).toContain(row.claim)
    }
  })

  test('has tables whose rows fill their columns, and notes', () => {
    const { tables, notes } = results.get(id)!
    expect(notes.length).toBeGreaterThan(0)
    expect(new Set(tables.map(({ name }) => name)).size).toBe(tables.length)
    for (const { name, columns, rows } of tables) {
      expect(name).toMatch(/^[a-z0-9-]+$/)
      expect(rows.length, name).toBeGreaterThan(0)
      for (const row of rows) {
        expect(row).toHaveLength(columns.length)
        for (const cell of row) if (typeof cell === 'number') expect(Number.isFinite(cell), name).toBe(true)
      }
    }
  })
})

describe('verdicts follow the simulation', () => {
  test('fig12: on links that cost nothing, knowing where experts lie gains nothing', async () => {
    const free = await run('fig12', [
      'hardware.link.bandwidth=1000000 GB/s',
      'hardware.link.latency=0 ns',
      'hardware.llc.miss=0 ns',
    ])
    expect(rowOf(free, 'fig12-average-pred-only').ours.value).toBeLessThan(1.2)
    expect(verdictOf(free, 'fig12-average-allo-pred')).toBe('fail')
    const { ours } = rowOf(results.get('fig12')!, 'fig12-average-allo-pred')
    expect(ours.value).toBeGreaterThan(3)
  })

  test('fig12: where the full extent is simulated it has all 24 cases, and says so', async () => {
    const { rows, tables, notes } = await run('fig12', [], false)
    expect(tables[0]!.rows).toHaveLength(24 * 4)
    expect(notes[0]).toMatch(/^all 24 cases, all MoE layers/)
    expect(rows.filter((row) => row.id.startsWith('fig12-bar-'))).toHaveLength(24)
  })

  test('fig12: one layer of a model is no sample, so no gain has an interval', () => {
    const { rows, notes } = results.get('fig12')!
    expect(notes[0]).toContain('QUICK: one layer of each model')
    for (const row of rows.filter(({ id }) => id.startsWith('fig12-average') || id.startsWith('fig12-bar'))) {
      expect(row.ours.ci95, row.id).toBeUndefined()
    }
  })

  test('fig12: milder routing is shown for every model beside the calibrated one, and no band is judged on it', async () => {
    const { rows } = await run('fig12', [], false)
    const milder = rows.filter(({ id }) => id.startsWith('fig12-milder-'))
    expect(milder).toHaveLength(4)
    for (const row of milder) {
      expect(row.judgement).toBeNull()
      expect(row.config).toContain('generator.skew=')
      expect(row.reason).toContain('on the calibrated routing')
    }
  })

  test('hops: what is left in decode steps is a share, and Base has them all', () => {
    const { rows, tables } = results.get('hops')!
    for (const id of ['pred-only', 'allo-only', 'allo-pred']) {
      const left = rows.find((row) => row.id === `hops-decode-${id}`)!.ours.value
      expect(left).toBeGreaterThanOrEqual(0)
      expect(left).toBeLessThanOrEqual(1)
    }
    expect(tables[0]!.rows.length).toBeGreaterThan(7)
  })

  test('dram: memory that all dies share is never remote', async () => {
    const own = results.get('dram')!
    expect(verdictOf(own, 'dram-base')).toBe('pass')
    expect(rowOf(own, 'dram-writes').ours.value).toBeGreaterThan(0)
    expect(rowOf(own, 'dram-writes').reason).toMatch(
      /^holds: round-robin writes nothing; allo-only writes nothing/,
    )
    const shared = await run('dram', ['hardware.memory.shared=true'])
    expect(verdictOf(shared, 'dram-base')).toBe('fail')
    expect(rowOf(shared, 'dram-fewest').ours.value).toBe(0)
  })

  test('host-cpu: the overhead is 22 us over the time of a layer and step', () => {
    const { rows, tables } = results.get('host-cpu')!
    const overheads = rows.filter(({ ours }) => ours.unit === 'share')
    expect(overheads).toHaveLength(8)
    tables[0]!.rows.forEach((row, i) => {
      expect(overheads[i]!.ours.value).toBeCloseTo(22e6 / Number(row[3]), 6)
    })
  })

  test('predictors: nobody reads ahead better than the oracle, which wastes nothing', () => {
    const { tables } = results.get('predictors')!
    const { columns, rows } = tables.find(({ name }) => name === 'predictors-package')!
    const at = (name: string) => columns.findIndex((column) => column.name === name)
    const saved = new Map(rows.map((row) => [row[0], row[at('time saved')]]))
    expect(saved.get('none')).toBe(0)
    for (const [name, ps] of saved) expect(ps, `${name}`).toBeLessThanOrEqual(Number(saved.get('oracle')))
    const oracle = rows.find(([name]) => name === 'oracle')!
    expect(oracle[at('precision')]).toBe(1)
    expect(oracle[at('in vain')]).toBe(0)
  })

  test('placement: uniform routing has nothing to gain, skewed routing has', async () => {
    // So many experts that placements differ, and so much to compute that reading weights does not hide it.
    const heavy = ['model.experts=32', 'model.activation_bytes=0.01', 'hardware.compute.peak=1 GFLOP/s']
    const uniform = await run('placement', ['generator.skew=0', 'generator.affinity=0', ...heavy])
    expect(Math.abs(rowOf(uniform, 'placement-mean-prefill-remap').ours.value)).toBeLessThan(0.05)
    expect(verdictOf(uniform, 'placement-mean-prefill-remap')).toBe('fail')
    const skewed = await run('placement', ['generator.skew=2', ...heavy])
    expect(rowOf(skewed, 'placement-mean-oracle-best').ours.value).toBeGreaterThan(0.05)
  })

  test('placement: decode that strays from the prompt leaves less to the prompt than decode that does not', async () => {
    const heavy = ['model.experts=32', 'model.activation_bytes=0.01', 'hardware.compute.peak=1 GFLOP/s']
    const few = ['generator.prefill_tokens=60', 'generator.skew=2']
    const result = await run('placement', [...heavy, ...few])
    const of = (id: string) => rowOf(result, id).ours.value
    expect(of('placement-insight-1')).toBeLessThan(of('placement-insight-1-without-drift'))
    const readings = result.rows.filter(({ reading }) => reading !== undefined)
    expect(readings.length).toBeGreaterThan(5)
    for (const { id, config } of readings) {
      expect(id).toMatch(/-without-drift$/)
      expect(config).toContain('generator.drift=0')
    }
  })

  test('nothing is judged of which the paper states nothing', () => {
    for (const { rows } of results.values()) {
      for (const { id, published, judgement } of rows) {
        if (published === null) expect(judgement, id).toBeNull()
      }
    }
  })

  test('quick: averages are over the cases whose bars are printed, on both sides', () => {
    const { rows } = results.get('fig12')!
    const average = rows.find(({ id }) => id === 'fig12-average-allo-pred')!
    // 8.1, 10.3, 8.3, 10.5, 6.7, 8.5, 5.4 and 6.9.
    expect(average.published!.value).toBeCloseTo(8.0875, 10)
    const bars = rows.filter(({ id }) => /^fig12-bar-.*-allo-pred$/.test(id))
    expect(bars).toHaveLength(8)
    const mean = bars.reduce((sum, { ours }) => sum + ours.value, 0) / bars.length
    expect(average.ours.value).toBeCloseTo(mean, 10)
    expect(rows.some(({ id }) => id.startsWith('fig12-larger-'))).toBe(false)
    const hopRow = results.get('hops')!.rows.find(({ id }) => id === 'hops-average-allo-only')!
    expect(hopRow.published!.value).toBeCloseTo((186.8 + 226.6 + 410.9) / 3, 10)
  })

  test('area: the printed areas do not add up, and the printed share is that of their sum; the powers do', () => {
    const result = results.get('area')!
    expect(rowOf(result, 'area-sum-mm2').ours.value).toBeCloseTo(8.6348, 10)
    expect(verdictOf(result, 'area-sum-mm2')).toBe('pass')
    expect(rowOf(result, 'area-sum-mm2').reason).toContain('misprint')
    expect(verdictOf(result, 'area-sum-mw')).toBe('pass')
    expect(rowOf(result, 'area-atu').ours.value).toBe(4352)
  })

  test('movement: the shares of a setup add up to one, and the all-to-all is that of its bytes', () => {
    const { rows, tables } = results.get('movement')!
    for (const [, ...cells] of tables[0]!.rows) {
      const ours = cells.filter((_, i) => i % 2 === 1)
      expect(ours.reduce((sum: number, share) => sum + Number(share), 0)).toBeCloseTo(1, 12)
    }
    // 128 tokens x 8 experts x 7168 elements: 1 B at 43 GB/s there, 2 B at 46 GB/s back.
    const us = 128 * 8 * 7168 * (1 / 43_000 + 2 / 46_000)
    const row = rows.find(({ id }) => id === 'movement-sglang-72xh100-moe-all-to-all')!
    expect(row.reason).toBe(`${us.toFixed(0)} us of a layer`)
  })

  test('movement: GPUs that read their own requests alone spend a quarter on keys and values', () => {
    const { rows } = results.get('movement')!
    const [all, own] = rows.filter(({ id }) => /^movement-deepseek-256xh800(-own-requests)?$/.test(id))
    expect([all!.reading, own!.reading?.name]).toEqual([undefined, 'own keys and values'])
    const kv = rows.find(({ id }) => id === 'movement-deepseek-256xh800-attention-kv')!.ours.value
    // Of a total of 1, three quarters of the keys and values fall away.
    expect(own!.ours.value).toBeCloseTo(all!.ours.value / (1 - 0.75 * kv), 12)
    expect(own!.judgement!.verdict).toBe('pass')
  })

  test('validation: an expert takes its reading and its computing, a copy no start-up', () => {
    const result = results.get('validation')!
    const ms = rowOf(result, 'validation-expert-deepseek-v3-8192').ours.value / 1e9
    const computeMs = (6 * 7168 * 2048 * 8192) / (989e12 * 0.69) / 1e-3
    expect(ms).toBeGreaterThan(computeMs)
    expect(ms).toBeLessThan(1.1 * computeMs)
    expect(verdictOf(result, 'validation-expert-deepseek-v3-8192')).toBe('pass')
    expect(verdictOf(result, 'validation-expert-deepseek-v3-1024')).toBe('fail')
    expect(verdictOf(result, 'validation-copy-startup')).toBe('fail')
    expect(verdictOf(result, 'validation-copy-256-mib-startup')).toBe('pass')
    // 4 KiB at 405 GB/s and one hop.
    expect(rowOf(result, 'validation-copy-startup').ours.value).toBe(500_000 + Math.ceil(4096 / 0.405))
  })
})

test('gives the JSON of a reproduction', async () => {
  const { stdout, exitCode } = await runCli([
    'reproduce',
    'forecasting',
    'AREA',
    '--quick',
    '--format',
    'json',
  ])
  expect(exitCode).toBe(0)
  const { paper, quick, rows } = JSON.parse(stdout)
  expect({ paper, quick }).toEqual({ paper: 'forecasting', quick: true })
  const sum = rows.find((row: { id: string }) => row.id === 'area-sum-mm2')
  expect(sum).toMatchObject({ claim: 'area', published: { value: 6.13 }, verdict: 'pass' })
  expect(sum.ratio).toBeCloseTo(8.6348 / 6.13, 12)
})

test('the figure of recorded routing asks for it', async () => {
  const { exitCode, stderr } = await runCli(['reproduce', 'forecasting', 'llama4'])
  expect(exitCode).toBe(2)
  expect(stderr).toContain('--trace')
})

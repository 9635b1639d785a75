// The lab: points through the experiment loader, each simulated once, equal to what `moesim run` gives.
import { describe, expect, test } from 'vitest'
import { nodeIo } from '../../src/cli/node/io.ts'
import { UserError } from '../../src/errors.ts'
import type { DataTable } from '../../src/papers/figure.ts'
import { fseDp } from '../../src/papers/fse-dp/figures.ts'
import { Lab } from '../../src/papers/lab.ts'
import { SpanRecorder } from '../../src/papers/spans.ts'
import { runCli } from '../helpers/run-cli.ts'
import { hooks, TINY_MODEL, TinyLab } from './tiny-lab.ts'

const F9 = 'fse-dp-f9-latency'
const few = { flags: { tokens: '16', layers: '3', schedulers: ['ep', 'fse-dp'] } }

/** A lab that notes what it simulates. */
function watchedLab(): { lab: Lab; labels: string[] } {
  const labels: string[] = []
  const onProgress = async (_done: number, _total: number, label: string) => void labels.push(label)
  return { lab: new Lab(nodeIo, { isQuick: true, seed: 5 }, { ...hooks, onProgress }), labels }
}

describe('a point', () => {
  test('is simulated once in a call, whatever other schedulers it is asked for with', async () => {
    const { lab, labels } = watchedLab()
    const [first] = await lab.measure([await lab.load(F9, few)])
    const simulated = labels.length
    const [again, more] = await lab.measure([
      await lab.load(F9, few),
      await lab.load(F9, { flags: { ...few.flags, schedulers: ['fse-dp', 'ep'] } }),
    ])
    expect(simulated).toBeGreaterThan(0)
    expect(labels).toHaveLength(simulated)
    expect(again).toEqual(first)
    expect(more!.get('fse-dp')).toBe(first!.get('fse-dp'))
    await lab.measure([await lab.load(F9, { flags: { ...few.flags, schedulers: ['ep', 'ep:prefetch=1'] } })])
    expect(labels.length).toBeGreaterThan(simulated)
  })

  test('is another one with another seed, token count or setting', async () => {
    const { lab } = watchedLab()
    const results = await lab.measure([
      await lab.load(F9, few),
      await lab.load(F9, { ...few, seedOffset: 1 }),
      await lab.load(F9, { flags: { ...few.flags, tokens: '17' } }),
      await lab.load(F9, { ...few, sets: ['hardware.memory.bandwidth=20 GB/s'] }),
    ])
    expect(new Set(results.map((measured) => measured.get('ep')!.metrics.latency!.value)).size).toBe(4)
  })

  test('says what to give to `moesim run`, which then gives the same', async () => {
    const lab = new Lab(nodeIo, { isQuick: true, seed: 3 }, hooks)
    const sets = ['hardware.link.bandwidth=96 GB/s']
    const point = await lab.load(F9, {
      flags: { model: 'deepseek-moe-16b', tokens: '16', layers: 'sample:2' },
      sets,
    })
    expect(point.command).toBe(
      `${F9} --model deepseek-moe-16b --tokens 16 --layers sample:2 --set "hardware.link.bandwidth=96 GB/s" --seed 3`,
    )
    const resampled = await lab.load('forecasting-dojo', { flags: { requests: '300', resample: true } })
    expect(resampled.command).toBe('forecasting-dojo --requests 300 --resample --seed 3')
    expect(point.commandFor('ep', 'fse-dp')).toContain('--scheduler ep --scheduler fse-dp')
    const [measured] = await lab.measure([point])
    const argv = point.command.match(/"[^"]*"|\S+/g)!.map((word) => word.replaceAll('"', ''))
    const { stdout, exitCode } = await runCli(['run', ...argv, '--format', 'json', '--quiet'])
    expect(exitCode).toBe(0)
    const { results } = JSON.parse(stdout)
    expect(results.map(({ id }: { id: string }) => id)).toEqual([...measured!.keys()])
    for (const { id, metrics, layers } of results) {
      const { speedup, ...own } = metrics
      expect(speedup.value, id).toBeGreaterThan(0)
      expect(measured!.get(id)!.metrics).toMatchObject(own)
      expect(measured!.get(id)!.layers).toHaveLength(layers.length)
    }
  })

  test('is refused with a finding where its experiment is not there or its flags are wrong', async () => {
    const { lab } = watchedLab()
    await expect(lab.load('fse-dp-f99')).rejects.toThrow(UserError)
    await expect(lab.load(F9, { flags: { tokens: 'many' } })).rejects.toThrow('--tokens')
  })
})

describe('a figure', () => {
  const cellsOf = ({ columns, rows }: DataTable, row: readonly (string | number)[]) =>
    Object.fromEntries(columns.map(({ name }, c) => [name, rows[rows.indexOf(row)]![c]!]))

  test.each([
    ['F9', 'latency', F9, ['--model', 'yuan2-m32', '--tokens', '64', '--layers', 'sample:1']],
    [
      'F18',
      'scaling',
      'fse-dp-f18-scaling',
      ['--hardware', 'fse-dp-3x3', '--tokens', '64', '--layers', '16'],
    ],
  ])('%s has the numbers that `moesim run` gives for its experiment', async (id, name, config, flags) => {
    const { tables } = await fseDp.figures[id]!.run(new TinyLab())
    const table = tables.find((one) => one.name === name)!
    const row = table.rows.find((cells) => cells.includes(flags[1]!) && cells[1] === 64)!
    const sets = TINY_MODEL.flatMap((set) => ['--set', set])
    const { stdout } = await runCli(['run', config, ...flags, ...sets, '--format', 'json', '--quiet'])
    const { results } = JSON.parse(stdout)
    expect(results.length).toBeGreaterThan(3)
    for (const { id: scheduler, metrics, layers } of results) {
      expect(cellsOf(table, row)[scheduler], scheduler).toBe(metrics.latency.value / layers.length)
    }
  })
})

test('an observed layer takes as long as a measured one, and tells its spans', async () => {
  const { lab } = watchedLab()
  const point = await lab.load(F9, few)
  const [measured] = await lab.measure([point])
  const recorder = new SpanRecorder()
  const metrics = await lab.observe(point, 'fse-dp', 3, recorder)
  expect(metrics.latency).toEqual(measured!.get('fse-dp')!.metrics.latency)
  expect(recorder.of('compute').length).toBeGreaterThan(0)
  expect(Math.max(...recorder.spans.map(({ endPs }) => endPs))).toBeLessThanOrEqual(metrics.latency!.value)
})

test('routing statistics count what the tokens of an iteration chose', async () => {
  const { lab } = watchedLab()
  const point = await lab.load(F9, { flags: { tokens: '16', layers: '3,4', iterations: '2' } })
  const counts = await lab.tokenCounts(point)
  expect(counts).toHaveLength(4)
  for (const perExpert of counts) expect(perExpert.reduce((a, b) => a + b, 0)).toBe(16 * 8)
  const active = counts.map((perExpert) => perExpert.filter((tokens) => tokens > 0).length)
  const { activeExperts, tokensPerActiveExpert } = await lab.statistics(point)
  expect(activeExperts).toBe(active.reduce((a, b) => a + b, 0) / 4)
  expect(tokensPerActiveExpert).toBeCloseTo((16 * 8) / activeExperts, 9)
})

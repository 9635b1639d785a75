// The placement that knows the whole run: never behind the one that it starts from, with whatever other options.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { runCli } from '../../helpers/run-cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'moesim-oracle-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Thirteen experts on two dies that slow links join: loads dealt evenly send more tokens than blocks do. */
const experiment = (seed: number, skew: number) => ({
  hardware: {
    topology: { kind: 'ring', dies: 2 },
    link: { bandwidth: '5 GB/s', latency: '20 ns', sharing: 'fair', request: '64 B' },
    compute: { model: 'ideal', peak: '5 TFLOP/s' },
    sram: 'unlimited',
    memory: {
      ...{ kind: 'other', bandwidth: '50 GB/s', latency: '0 ns', efficiency: 1, capacity: 'unlimited' },
      ...{ shared: false, access: 'serial' },
    },
    activations: 'sram',
  },
  model: {
    ...{ layers: 2, hidden: 100, expert_intermediate: 1, experts: 13, top_k: 2 },
    ...{ weight_bytes: 2, activation_bytes: 2, routing: { skew, reuse: 0.3 } },
  },
  workload: { tokens: 16, iterations: 2 },
  seed,
})

test.each([
  [33, 0],
  [1, 3],
])('seed %i, skew %d: no layer takes longer than under ep', async (seed, skew) => {
  for (const option of ['prefetch=1', 'combine=true']) {
    const schedulers = [`ep:${option}`, `ep:${option},placement=oracle-best`]
    const file = join(folder, 'e.json')
    writeFileSync(file, JSON.stringify({ ...experiment(seed, skew), schedulers }))
    const { exitCode, stdout } = await runCli(['run', file, '--format', 'json', '--quiet'])
    expect(exitCode).toBe(0)
    const best = JSON.parse(stdout).results[1]
    for (const { metrics } of [best, ...best.layers]) expect(metrics.speedup.value).toBeGreaterThanOrEqual(1)
  }
})

test('where dies decide it is faster', async () => {
  const file = join(folder, 'e.json')
  const { hardware, ...rest } = experiment(3, 2)
  const link = { ...hardware.link, bandwidth: '5 TB/s', latency: '0 ns' }
  const compute = { model: 'ideal', peak: '0.001 TFLOP/s' }
  const schedulers = ['ep', 'ep:placement=oracle-best']
  writeFileSync(file, JSON.stringify({ ...rest, hardware: { ...hardware, link, compute }, schedulers }))
  const { stdout } = await runCli(['run', file, '--format', 'json', '--quiet'])
  expect(JSON.parse(stdout).results[1].metrics.speedup.value).toBeGreaterThan(1.02)
})

// What is read ahead into memory: only where there is a memory to read into.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { runCli } from '../../helpers/run-cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'moesim-ahead-'))
afterAll(() => rmSync(folder, { recursive: true }))

const experiment = {
  hardware: {
    topology: { kind: 'ring', dies: 3 },
    link: { bandwidth: '488 GB/s', latency: '0 ns', sharing: 'fair', duplex: 'full', request: '64 B' },
    compute: { model: 'ideal', peak: '1 TFLOP/s' },
    sram: 'unlimited',
    memory: {
      ...{ kind: 'other', bandwidth: '3300 GB/s', latency: '0 ns', efficiency: 1, capacity: 'unlimited' },
      ...{ channels: 'all', shared: false, access: 'pipelined' },
    },
    activations: 'sram',
  },
  model: {
    ...{ layers: 3, hidden: 16, expert_intermediate: 8, experts: 4, top_k: 2 },
    ...{ weight_bytes: 1, activation_bytes: 1 },
  },
  workload: { tokens: 6, iterations: 4 },
  schedulers: ['forecast-prefetch:predictor=oracle,ahead=3,into=memory'],
  seed: 2,
}

test.each(['[0]', '[1]', 'all'])('channels %s: nothing is written where no channel is', async (channels) => {
  const file = join(folder, 'experiment.json')
  writeFileSync(file, JSON.stringify(experiment))
  const argv = ['run', file, '--set', `hardware.memory.channels=${channels}`, '--format', 'json', '--quiet']
  const { exitCode, stdout, stderr } = await runCli(argv)
  expect(stderr).toBe('')
  expect(exitCode).toBe(0)
  const written = JSON.parse(stdout).results[0].metrics.memoryWrite.value
  // A single memory holds all there is; of several, each may get what another has.
  if (channels === 'all') expect(written).toBeGreaterThan(0)
  else expect(written).toBe(0)
})

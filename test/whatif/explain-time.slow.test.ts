// Where the time of a run goes: steps that add up, and gains that are what they say.
import { expect, test } from 'vitest'
import type { Metrics, RunResult } from '../../src/sim/result.ts'
import { runCli } from '../helpers/run-cli.ts'

const STEPS = ['Bound', 'Costs', 'Placement', 'Traffic', 'Routes', 'Order', 'Startup', 'Sram'].map(
  (step) => `time${step}`,
)

async function explained(...more: string[]): Promise<Metrics[]> {
  const command = ['run', '--tokens', '16', '--layers', '0', '--explain-time', '--format', 'json', ...more]
  const { exitCode, stdout, stderr } = await runCli(command)
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  const { results } = JSON.parse(stdout) as RunResult
  return results.map(({ metrics }) => metrics)
}

const value = (metrics: Metrics, name: string) => metrics[name]!.value

test('the steps of every scheduler add up to its latency', async () => {
  const found = await explained('--scheduler', 'ep', '--scheduler', 'fse-dp', '--set', 'hardware.sram=12 MiB')
  for (const metrics of found) {
    const sum = STEPS.reduce((total, step) => total + value(metrics, step), 0)
    expect(sum).toBeCloseTo(value(metrics, 'latency'), 3)
  }
})

test('all of a memory-bound run is saved by memory, and nothing by SRAM that is enough', async () => {
  const [metrics] = await explained('--scheduler', 'fse-dp', '--set', 'hardware.sram=64 MiB')
  for (const name of ['gainOfMemory', 'gainOfMemoryAt1', 'gainOfMemoryAt10']) {
    expect(value(metrics!, name)).toBeCloseTo(1, 1)
  }
  for (const name of ['gainOfLinksAt1', 'gainOfComputeAt10', 'gainOfSramAt1', 'gainOfSramAt10']) {
    expect(value(metrics!, name)).toBeCloseTo(0, 1)
  }
  expect(value(metrics!, 'timeBound') / value(metrics!, 'latency')).toBeGreaterThan(0.98)
})

test('latencies show as start-up, weights behind one channel as placement, slow links as bytes and routes', async () => {
  const own = ['--scheduler', 'ep', '--set', 'hardware.memory.shared=false']
  const [quick] = await explained(...own)
  const [late] = await explained(...own, '--set', 'hardware.link.latency=100 us')
  expect(value(late!, 'timeStartup') - value(quick!, 'timeStartup')).toBeGreaterThan(1e8)
  expect(value(late!, 'timeOrder')).toBe(value(quick!, 'timeOrder'))
  expect(value(quick!, 'timePlacement')).toBeGreaterThan(0)
  const [slow] = await explained('--scheduler', 'fse-dp', '--set', 'hardware.link.bandwidth=2 GB/s')
  expect(value(slow!, 'timeTraffic') + value(slow!, 'timeRoutes')).toBeGreaterThan(
    0.5 * value(slow!, 'latency'),
  )
})

test('tables say where the time goes, and print how well what is foretold agrees with what is simulated', async () => {
  const command = [
    'run',
    '--tokens',
    '16',
    '--layers',
    '0',
    '--scheduler',
    'ep',
    '--scheduler',
    'fse-dp',
    '--wide',
  ]
  const { stdout } = await runCli([...command, '--explain-time'])
  expect(stdout).toContain('\nwhere the time goes: steps from the bound to latency, percent of latency\n')
  expect(stdout).toMatch(/^fse-dp +memory +1\.00 +1\.00 +1\.00 +good$/m)
  expect(stdout).toMatch(/^ep +memory +1\.00 +0\.\d\d +0\.\d\d +(good|fair|poor)/m)
  // SRAM is not limited here, so there is no more of it.
  expect(stdout).not.toMatch(/^ep +SRAM/m)
})

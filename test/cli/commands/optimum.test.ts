// `moesim run --optimum` in process: metrics, columns, what it leaves as it was, and refusals.
import { expect, test } from 'vitest'
import type { RunResult } from '../../../src/sim/result.ts'
import { runCli } from '../../helpers/run-cli.ts'

const SMALL = ['run', '--tokens', '16', '--layers', '0', '--scheduler', 'ep', '--scheduler', 'fse-dp']

async function resultOf(...more: string[]): Promise<RunResult> {
  const { exitCode, stdout, stderr } = await runCli([...SMALL, '--format', 'json', ...more])
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  return JSON.parse(stdout)
}

test('an optimum has its metrics, is a whole number of ps and no more than the latency', async () => {
  const plain = await resultOf()
  const { results, experiment } = await resultOf('--optimum')
  expect(experiment).toMatchObject({ optimum: true })
  expect(plain.experiment).not.toHaveProperty('optimum')
  results.forEach(({ metrics, layers }, i) => {
    const { latency, optimum, optimumFree, overOptimum, overOptimumFree } = metrics
    expect(optimum).toEqual({ value: Math.floor(optimum!.value), unit: 'ps' })
    expect(optimumFree!.value).toBeLessThanOrEqual(optimum!.value)
    expect(overOptimum).toEqual({ value: latency!.value / optimum!.value, unit: 'ratio' })
    expect(overOptimum!.value).toBeGreaterThanOrEqual(1)
    expect(overOptimumFree!.value).toBeGreaterThanOrEqual(overOptimum!.value)
    expect(layers[0]!.metrics.optimum).toEqual(optimum)
    // Everything else is as without it.
    const others = Object.entries(metrics).filter(([name]) => !/optimum|gainOf/i.test(name))
    expect(Object.fromEntries(others)).toEqual(plain.results[i]!.metrics)
  })
})

test('memory binds the demo: its shadow price is all of the optimum', async () => {
  const { results } = await resultOf('--optimum')
  const { gainOfMemory, gainOfLinks, gainOfCompute } = results[0]!.metrics
  expect(gainOfMemory!.value).toBeCloseTo(1, 6)
  expect(gainOfLinks!.value + gainOfCompute!.value).toBeCloseTo(0, 6)
})

test('the table shows what is over the bound and what is over the optimum', async () => {
  const { stdout } = await runCli([...SMALL, '--optimum', '--wide'])
  expect(stdout).toMatch(/bound ratio \[x\] +over optimum \[x\]/)
  expect(stdout).toContain('\noptimum: what no schedule beats, and what it would gain from\n')
  const { stdout: plain } = await runCli([...SMALL, '--wide'])
  expect(plain).toContain('bound ratio')
  expect(plain).not.toContain('optimum')
})

test('too large an optimum is refused with its cost, and SRAM without room names the expert', async () => {
  const large = await runCli([
    ...SMALL,
    '--optimum',
    '--set',
    'hardware.topology={kind: crossbar, dies: 500}',
  ])
  expect(large.exitCode).toBe(2)
  expect(large.stderr).toMatch(/a linear program takes about \d+ s on 500 dies.*fewer dies/)
  const tight = await runCli([...SMALL, '--optimum', '--set', 'hardware.sram=4 KiB'])
  expect(tight.exitCode).toBe(2)
  expect(tight.stderr).toMatch(/no schedule has room for expert \d+ of layer 0/)
})

// `moesim run` in process: streams, formats, files, seeds, interruption.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RunResult } from '../../../src/sim/result.ts'
import { runCli } from '../../helpers/run-cli.ts'

/** The demo, made small. */
const SMALL = ['run', '--tokens', '16', '--layers', '0', '--scheduler', 'ep', '--scheduler', 'fse-dp']

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'moesim-run-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const asJson = async (...more: string[]): Promise<RunResult> => {
  const { exitCode, stdout, stderr } = await runCli([...SMALL, '--format', 'json', ...more])
  expect(stderr).toBe('')
  expect(exitCode).toBe(0)
  return JSON.parse(stdout)
}

test('without arguments the demo prints its speedup and memory tables, with nothing on stderr', async () => {
  const { exitCode, stdout, stderr } = await runCli(['run'])
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  for (const title of ['speedup over ep', 'memory: peak SRAM', 'memory: traffic']) {
    const table =
      stdout
        .slice(stdout.indexOf(`\n${title}\n`))
        .trim()
        .split('\n\n')[0] ?? ''
    const names = [...table.matchAll(/^(\S+) {2}/gm)].map((match) => match[1])
    expect(names).toEqual(
      expect.arrayContaining(['ep', 'ep:prefetch=1', 'fse-dp', 'fse-dp:paired=true', 'forecast-prefetch']),
    )
  }
})

describe('result', () => {
  test('has every metric of the contract with its unit, in total and per layer', async () => {
    const { results, seeds, configSha256, traceSha256, experiment } = await asJson()
    expect(results.map(({ id }) => id)).toEqual(['ep', 'fse-dp'])
    expect(seeds).toEqual([1])
    expect(configSha256).toMatch(/^[0-9a-f]{64}$/)
    expect(traceSha256).toMatch(/^[0-9a-f]{64}$/)
    expect(experiment).toMatchObject({ hardware: { name: 'fse-dp-2x2' }, workload: { tokens: 16 } })
    const units = {
      latency: 'ps',
      speedup: 'ratio',
      throughput: 'token/s',
      boundRatio: 'ratio',
      computeUtilization: 'ratio',
      peakSramPerDie: 'B',
      peakSramPackage: 'B',
      memoryRead: 'B',
      memoryReadRemote: 'B',
      memoryWrite: 'B',
      d2dBytes: 'B',
      d2dByteHops: 'B.hop',
      hops: 'count',
      loadImbalance: 'ratio',
      channelImbalance: 'ratio',
    }
    for (const { metrics, layers } of results) {
      for (const [name, unit] of Object.entries(units)) {
        expect(metrics[name], name).toMatchObject({ unit, value: expect.any(Number) })
      }
      expect(layers.map(({ layer }) => layer)).toEqual([0])
      expect(layers[0]?.metrics.latency).toEqual(metrics.latency)
    }
  })

  test('holds all resolved option values of a scheduler', async () => {
    const { results } = await asJson('--scheduler', 'ep:prefetch=1')
    expect(results[2]).toMatchObject({ id: 'ep:prefetch=1', scheduler: 'ep', options: { prefetch: 1 } })
    expect(Object.keys(results[2]?.options ?? {}).length).toBeGreaterThan(1)
  })

  test('has the same bytes for the same seed', async () => {
    const argv = [...SMALL, '--model', 'olmoe-1b-7b', '--seed', '5', '--format', 'json']
    const [first, second] = [await runCli(argv), await runCli(argv)]
    expect(first.stdout).toBe(second.stdout)
    expect(first.stdout).not.toBe((await runCli([...argv, '--seed', '6'])).stdout)
  })

  test('refers speedups to the baseline that is named', async () => {
    const { baseline, results } = await asJson('--baseline', 'fse-dp')
    expect(baseline).toBe('fse-dp')
    const [ep, fseDp] = results.map(({ metrics }) => metrics)
    expect(fseDp?.speedup?.value).toBe(1)
    expect(ep?.speedup?.value).toBe((fseDp?.latency?.value ?? 0) / (ep?.latency?.value ?? 1))
  })
})

describe('formats', () => {
  test('csv has a row per scheduler and layer', async () => {
    const { stdout } = await runCli([...SMALL, '--format', 'csv'])
    expect(stdout).toMatch(
      /^scheduler,layer,latency_ps,speedup,.*\nep,all,.*\nep,0,.*\nfse-dp,all,.*\nfse-dp,0,.*\n$/,
    )
  })

  test('markdown has the same tables', async () => {
    const { stdout } = await runCli([...SMALL, '--format', 'markdown'])
    expect(stdout).toMatch(/\| ep \| .* \| 1\.00 \|/)
  })

  test('a table says plainly that its routing is generated', async () => {
    const { stdout, stderr } = await runCli([...SMALL, '--model', 'olmoe-1b-7b', '--seed', '3'])
    expect(stdout).toMatch(/routing +no trace given: generated routing \(skew [\d.]+, reuse [\d.]+, seed 3\)/)
    expect(stderr).toContain('warning')
  })
})

test('--workers is no part of the result', async () => {
  const argv = [...SMALL, '--format', 'json', '--workers']
  const [none, three] = [await runCli([...argv, '0']), await runCli([...argv, '3'])]
  expect(none.exitCode).toBe(0)
  expect(three).toEqual(none)
})

describe('--output', () => {
  test('writes the very text that would have gone to stdout, and says so on stderr', async () => {
    const file = join(folder, 'result.json')
    const { exitCode, stdout, stderr } = await runCli([...SMALL, '--format', 'json', '--output', file])
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: '', stderr: `wrote ${file}\n` })
    expect(readFileSync(file, 'utf8')).toBe((await runCli([...SMALL, '--format', 'json'])).stdout)
  })

  test('never holds colour codes', async () => {
    const file = join(folder, 'result.txt')
    await runCli([...SMALL, '--color', '--output', file])
    expect(readFileSync(file, 'utf8')).not.toContain('\u001b')
  })

  test('is not written when the run is interrupted', async () => {
    let nowMs = 0
    const nowEver = () => {
      nowMs += 100
      return nowMs
    }
    const file = join(folder, 'result.json')
    const { exitCode, stdout, stderr } = await runCli([...SMALL, '--output', file], {
      interrupt: true,
      nowMs: nowEver,
    })
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 130, stdout: '', stderr: 'interrupted\n' })
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('--layers sample', () => {
  const sampled = [...SMALL, '--model', 'olmoe-1b-7b', '--quiet', '--layers', 'sample:2']

  test('gives intervals over the sample, and says so', async () => {
    const { stdout } = await runCli(sampled)
    expect(stdout).toMatch(/^layers +2 of 16 MoE layers \(\d+, \d+\), drawn at random: ± 95 % interval/m)
    expect(stdout).toMatch(/^fse-dp .* ± /m)
    const result: RunResult = JSON.parse((await runCli([...sampled, '--format', 'json'])).stdout)
    const [a, b] = result.results[1]!.layers.map(({ metrics }) => metrics.speedup!.value)
    // t with one degree of freedom; s of two values is their distance over the root of 2; 2 of 16 layers are known.
    const expected = ((12.706 * Math.abs(a! - b!)) / 2) * Math.sqrt(14 / 16)
    expect(result.results[1]!.metrics.speedup!.ci95).toBeCloseTo(expected, 12)
  })

  test('layers that were chosen, and a single one, have no interval', async () => {
    for (const layers of ['1,2', 'sample:1']) {
      const argv = [...SMALL, '--model', 'olmoe-1b-7b', '--quiet', '--layers', layers]
      expect((await runCli(argv)).stdout).not.toContain('±')
    }
  })
})

describe('--seeds', () => {
  const seeded = [...SMALL, '--model', 'olmoe-1b-7b', '--quiet', '--seeds', '3']

  test('gives means with intervals over that many seeds', async () => {
    const { stdout, stderr } = await runCli([...seeded, '--format', 'json'])
    expect(stderr).toBe('')
    const result: RunResult = JSON.parse(stdout)
    expect(result.seeds).toEqual([1, 2, 3])
    const single = await Promise.all(
      ['1', '2', '3'].map(async (seed) => {
        const argv = [...SMALL, '--model', 'olmoe-1b-7b', '--quiet', '--seed', seed, '--format', 'json']
        const one: RunResult = JSON.parse((await runCli(argv)).stdout)
        return one.results[1]?.metrics.speedup?.value ?? 0
      }),
    )
    const { value, ci95 } = result.results[1]?.metrics.speedup ?? {}
    expect(value).toBeCloseTo(single.reduce((a, b) => a + b) / 3, 12)
    expect(ci95).toBeGreaterThan(0)
  })

  test('shows the interval in the table', async () => {
    const { stdout } = await runCli(seeded)
    expect(stdout).toMatch(/^seeds +1-3: means over 3 runs ± 95 % interval of the mean$/m)
    expect(stdout).toMatch(/^fse-dp .* ± /m)
  })

  test('warns where nothing depends on the seed', async () => {
    const { exitCode, stderr } = await runCli([...SMALL, '--seeds', '2'])
    expect(exitCode).toBe(0)
    expect(stderr).toContain('warning: 2 seeds change nothing')
    expect((await runCli([...SMALL, '--seeds', '2', '--quiet'])).stderr).toBe('')
  })
})

test('colour appears only where it is wanted', async () => {
  expect((await runCli([...SMALL])).stdout).not.toContain('\u001b')
  expect((await runCli([...SMALL, '--color'])).stdout).toContain('\u001b[1m')
  expect((await runCli(SMALL, { isTTY: true })).stdout).toContain('\u001b[1m')
  expect((await runCli(SMALL, { isTTY: true, env: { NO_COLOR: '1' } })).stdout).not.toContain('\u001b')
})

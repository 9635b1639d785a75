// Weights that stay on a die, on recorded routing: Mixtral on one die with 20 GB beside 64 GB/s.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import type { RunResult } from '../../src/sim/result.ts'
import { runCli } from '../helpers/run-cli.ts'

const TRACES = process.env.MOESIM_TRACES ?? fileURLToPath(new URL('../../../shared/traces', import.meta.url))
const areThere = existsSync(TRACES)
const title = areThere ? 'real traces' : `real traces: skipped, MOESIM_TRACES has no folder ${TRACES}`

const HARDWARE = `
topology: {kind: crossbar, dies: 1}
link: {bandwidth: 64 GB/s, latency: 1 us, sharing: fair}
compute: {model: ideal, peak: 100 TFLOP/s}
sram: 20 GB
memory: {kind: other, bandwidth: 64 GB/s, latency: 1 us, efficiency: 1, capacity: 200 GB, shared: true}
activations: sram
`

describe.skipIf(!areThere)(title, () => {
  const folder = mkdtempSync(join(tmpdir(), 'moesim-cache-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  test('Mixtral reads each expert that it touches once: 11.3 GB, not 169 GB', async () => {
    const hardware = join(folder, 'die.yaml')
    writeFileSync(hardware, HARDWARE)
    const { exitCode, stdout, stderr } = await runCli([
      ...['run', '--trace', `${TRACES}/mixtral-8x7b-vllm`, '--model', 'mixtral-8x7b', '--hardware', hardware],
      ...['--tokens', '1', '--iterations', '60', '--layers', '0,1,2,3', '--format', 'json'],
      ...['--scheduler', 'ep', '--scheduler', 'ep:cache=lru', '--scheduler', 'ep:cache=lru,cache-bytes=0'],
    ])
    expect(exitCode).toBe(0)
    expect(stderr).toContain(
      'room for 56 of its 256 experts of mixtral-8x7b, and ep, ep:cache=lru,cache-bytes=0 read',
    )
    const { results } = JSON.parse(stdout) as RunResult
    const gigabytes = results.map(({ metrics }) => Math.round(metrics.memoryReadWeights!.value / 1e8) / 10)
    expect(gigabytes).toEqual([169.1, 11.3, 169.1])
    expect(results[2]!.metrics.latency).toEqual(results[0]!.metrics.latency)
    expect(results[1]!.metrics.speedup!.value).toBeCloseTo(14.9, 1)
    expect(results[1]!.metrics.cacheHitRate!.value).toBeCloseTo(1 - 11.3 / 169.1, 3)
  })
})

// The table of what prediction is worth says what its experiment gives.
import { expect, it } from 'vitest'
import type { RunResult } from '../../src/sim/result.ts'
import { bundledIo } from '../config/bundled-io.ts'
import { runCli } from '../helpers/run-cli.ts'
import { readFile } from './documents.ts'

const COLUMNS = [
  'ahead=2',
  'ahead=2,cache=lfu,cache-bytes=2000000000,cache-unit=slice',
  'cache=benefit,cache-bytes=2000000000,cache-unit=slice',
  'ahead=2,cache=benefit,cache-bytes=2000000000,cache-unit=slice',
]
const REST = 'prefetch=32,slices=16'

it('docs/schedulers.md has the speedups of offload-prediction', async () => {
  const args = ['run', 'offload-prediction', '--format', 'json', '--quiet']
  const { stdout } = await runCli(args, { io: bundledIo() })
  const { results } = JSON.parse(stdout) as RunResult
  const speedup = (id: string) =>
    results.find((result) => result.id === id)!.metrics.speedup!.value.toFixed(2)
  const of = (predictor: string) =>
    COLUMNS.map((column) => speedup(`ep:${column},predictor=${predictor},${REST}`))
  const [, table] = readFile('docs/schedulers.md').split('### What prediction is worth')
  for (const name of ['cross-layer', 'combined', 'accuracy', 'oracle']) {
    const row = table!.split('\n').find((line) => line.startsWith(`| \`${name}\``))!
    expect(
      row
        .split('|')
        .slice(2, -1)
        .map((cell) => cell.trim()),
    ).toEqual(of(name))
  }
  const kept = (policy: string) =>
    speedup(`ep:cache=${policy},cache-bytes=2000000000,cache-unit=slice,${REST}`)
  expect(table).toContain(`| none | 1.00 | ${kept('lfu')} | - | - |`)
  expect(table).toContain(`\`cache=lru\` gives ${kept('lru')}`)
  expect(table).toContain(`the whole future, ${kept('min')}`)
})

// adaptive against the other schedulers on a few cells of the grid of machines, models and token counts.
import { expect, it } from 'vitest'
import { runCli } from '../../helpers/run-cli.ts'

const OTHERS = [
  'ep:prefetch=1',
  'ep-tiled',
  'ep:placement=balanced,prefetch=1',
  'hydra:prefetch=1',
  'allo-only',
]

/** Latency by id, of one iteration of one layer. */
async function latencies(hardware: string, model: string, tokens: string, schedulers: readonly string[]) {
  const named = schedulers.flatMap((id) => ['--scheduler', id])
  const cell = ['--hardware', hardware, '--model', model, '--tokens', tokens, '--layers', 'sample:1']
  const { stdout, stderr } = await runCli([
    ...['run', ...cell, ...named],
    ...['--quiet', '--workers', '0', '--format', 'json'],
  ])
  expect(stderr).toBe('')
  const { results } = JSON.parse(stdout) as {
    results: { id: string; metrics: { latency: { value: number } } }[]
  }
  return new Map(results.map(({ id, metrics }) => [id, metrics.latency.value]))
}

it.each([
  ['fse-dp-3x3', 'qwen3-30b-a3b', '64', 0.98],
  ['fse-dp-4x4', 'mixtral-8x7b', '256', 1.05],
  ['h100-dgx-8', 'qwen3-30b-a3b', '16', 1.2],
  ['dojo-5x5', 'mixtral-8x7b', '64', 2],
  ['dojo-5x5', 'deepseek-v2-lite', '1024', 1.2],
  ['tsmc-sow-3x8', 'qwen3-30b-a3b', '256', 1.1],
] as const)(
  'on %s with %s and %s tokens the best of others takes %d of its time',
  async (hardware, model, tokens, least) => {
    const found = await latencies(hardware, model, tokens, ['adaptive', ...OTHERS])
    const best = Math.min(...OTHERS.map((id) => found.get(id)!))
    expect(best / found.get('adaptive')!).toBeGreaterThanOrEqual(least)
  },
)

it.each([
  ['fse-dp-3x3', 'qwen3-30b-a3b', '256'],
  ['h100-dgx-8', 'deepseek-v2-lite', '256'],
  ['dojo-5x5', 'qwen3-30b-a3b', '64'],
] as const)(
  'with results sent back it is no slower than others that do: %s, %s, %s tokens',
  async (hardware, model, tokens) => {
    const others = ['ep:combine=true,prefetch=1', 'ep-tiled:combine=true']
    const found = await latencies(hardware, model, tokens, ['adaptive:combine=true', ...others])
    const best = Math.min(...others.map((id) => found.get(id)!))
    expect(best / found.get('adaptive:combine=true')!).toBeGreaterThanOrEqual(0.98)
  },
)

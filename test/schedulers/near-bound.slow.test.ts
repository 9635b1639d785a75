// How near to the bound shared memory is read: recorded routing on the FSE-DP test chip, generated routing on larger packages.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runCli } from '../helpers/run-cli.ts'

const TRACES = process.env.MOESIM_TRACES ?? fileURLToPath(new URL('../../../shared/traces', import.meta.url))
const FOLDER = `${TRACES}/fse-dp-reference`
const areThere = existsSync(FOLDER)

/** Metrics by id of one MoE layer, one iteration, under some schedulers. */
async function metricsOf(schedulers: readonly string[], ...argv: readonly string[]) {
  const named = schedulers.flatMap((id) => ['--scheduler', id])
  const { stdout, stderr } = await runCli([
    'run',
    ...argv,
    ...named,
    '--quiet',
    '--workers',
    '0',
    '--format',
    'json',
  ])
  expect(stderr).toBe('')
  const { results } = JSON.parse(stdout) as {
    results: { id: string; metrics: Record<string, { value: number }> }[]
  }
  return new Map(results.map(({ id, metrics }) => [id, metrics]))
}

describe.skipIf(!areThere)(
  areThere ? 'recorded routing' : `recorded routing: skipped, there is no ${FOLDER}`,
  () => {
    it.each(
      [
        ['phi-3.5-moe', 'Phi3.5-MoE'],
        ['yuan2-m32', 'Yuan2.0'],
        ['deepseek-moe-16b', 'DeepSeek-MoE'],
        ['qwen3-30b-a3b', 'Qwen3-MoE'],
      ].flatMap(([model, file]) => ['16', '64'].map((tokens) => [model!, tokens, file!] as const)),
    )(
      'of %s with %s tokens: fse-dp within 2 percent of the bound, with rule 5 within 1.5',
      async (model, tokens, file) => {
        const trace = `${FOLDER}/${file}_${tokens}.json`
        const flags = ['--hardware', 'fse-dp-2x2', '--model', model, '--tokens', tokens, '--trace', trace]
        const all = await metricsOf(
          ['fse-dp', 'fse-dp:rule5=true', 'ep:channels=own'],
          'fse-dp-reference',
          ...flags,
        )
        expect(all.get('fse-dp')!.boundRatio!.value).toBeLessThanOrEqual(1.02)
        expect(all.get('fse-dp:rule5=true')!.boundRatio!.value).toBeLessThanOrEqual(1.015)
        expect(all.get('fse-dp')!.channelImbalance!.value).toBeLessThanOrEqual(1.05)
        // Through own channels alone the fullest die decides.
        expect(all.get('ep:channels=own')!.boundRatio!.value).toBeGreaterThan(1.15)
      },
    )
  },
)

describe.each(['fse-dp-3x3', 'fse-dp-4x4'])('generated routing on %s', (hardware) => {
  it.each(['16', '64', '256', '1024'])(
    'with %s tokens of Qwen3 is within 35 percent of the bound',
    async (tokens) => {
      // Means of the experiment's four layers: with 1,024 tokens it is not the channels but the fullest die that EP waits for.
      const ids = ['ep:prefetch=1', 'ep-tiled', 'fse-dp']
      const flags = ['--hardware', hardware, '--tokens', tokens]
      const all = await metricsOf(ids, 'fse-dp-f18-scaling', ...flags)
      for (const id of ids) expect(all.get(id)!.boundRatio!.value, id).toBeLessThanOrEqual(1.35)
      expect(all.get('fse-dp')!.channelImbalance!.value).toBeLessThanOrEqual(1.05)
    },
  )
})

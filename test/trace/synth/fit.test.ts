// Knobs that are fitted to small traces, round by round, as they were when last looked at.
import { expect, test } from 'vitest'
import { analyzeTokens } from '../../../src/trace/statistics/analyze.ts'
import { generateRouting } from '../../../src/trace/synth/generator.ts'
import type { GeneratorSpec } from '../../../src/trace/synth/generator-spec.ts'
import { knobsLike } from '../../../src/trace/synth/like.ts'
import { memoryIo } from '../../helpers/memory-io.ts'

const io = memoryIo()
const plain = { skew: 1.3, reuse: 0.4, topics: 1, requests: 6, prefillTokens: 9, decodeTokens: 12 }
const structure = { classes: 3, affinity: 1.2, focus: 0.5, coactivation: 0.3, drift: 0.3, lengthSpread: 0.4 }

test.each<[string, Partial<GeneratorSpec>, number]>([
  ['top-2', { structure }, 2],
  ['top-1', { structure: { ...structure, coactivation: 0 } }, 1],
  ['prompts only', { structure: { classes: 2, affinity: 2 }, decodeTokens: 0 }, 2],
])('knobs of %s, with measured popularity and without', async (name, spec, topK) => {
  const shape = { experts: 8, topK, layers: [1, 2, 4] }
  const source = generateRouting(io, { ...plain, ...spec }, shape, 5)
  const model = { model: 'test', topK, moeLayers: [1, 2, 3, 4] }
  const statistics = await analyzeTokens(source, { model, phases: 'recorded', seed: 3 })
  const lines: string[] = []
  for (const measured of [source, undefined]) {
    const told: string[] = []
    const fit = await knobsLike(statistics, measured, undefined, async (done, total) => {
      told.push(`${done}/${total}`)
    })
    expect([told.length, told[0], told.at(-1)]).toEqual([29, '1/29', '29/29'])
    lines.push(JSON.stringify(fit, null, 1))
  }
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(
    `recorded-fit/${name.replaceAll(' ', '-')}.json.txt`,
  )
})

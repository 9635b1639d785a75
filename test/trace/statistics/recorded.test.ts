// Every statistic of a small trace, with its chance levels, as it was when last looked at.
import { expect, test } from 'vitest'
import { analyzeTokens } from '../../../src/trace/statistics/analyze.ts'
import { generateRouting } from '../../../src/trace/synth/generator.ts'
import { tableSource } from '../../../src/trace/tables.ts'
import { memoryIo } from '../../helpers/memory-io.ts'

/** Generated routing whose requests belong to two tasks. */
function source() {
  const spec = {
    ...{ skew: 1.1, reuse: 0.3, topics: 3, affinity: 0.5, drift: 0.2 },
    ...{ requests: 8, prefillTokens: 9, decodeTokens: 7 },
  }
  const shape = { experts: 36, topK: 3, layers: [2, 3, 4] }
  const generated = generateRouting(memoryIo(), spec, shape, 5)
  const requests = generated.requests.map((request, i) => ({ ...request, id: `${i % 2}/${i}` }))
  const tables = new Map(shape.layers.map((layer) => [layer, generated.layerExperts(layer)]))
  return tableSource(memoryIo(), { label: 'recorded', ...shape, requests }, tables)
}

test('statistics of tokens are what they were (vitest -u records them anew)', async () => {
  const model = { model: 'test', topK: 3, moeLayers: [2, 3, 4] }
  const { summary, layers, notMeasured } = await analyzeTokens(source(), {
    model,
    phases: 'recorded',
    seed: 3,
  })
  const short = (_key: string, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(10)) : value
  const lines = [
    ...Object.entries(summary).map(([id, measures]) => `${id} ${JSON.stringify(measures, short)}`),
    ...layers.map((layer) => JSON.stringify(layer, short)),
    JSON.stringify(notMeasured),
  ]
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('recorded.txt')
})

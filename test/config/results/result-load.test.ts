// Reading saved results: what is wrong with them is told with file, line and column.
import { expect, test } from 'vitest'
import { nodeIo } from '../../../src/cli/node/io.ts'
import { readResult } from '../../../src/config/results/result-load.ts'
import { UserError } from '../../../src/errors.ts'
import { IoError } from '../../../src/io.ts'
import { renderJson } from '../../../src/report/json.ts'
import { sampleResult } from '../../helpers/results.ts'
import { savedResult } from '../../helpers/saved-results.ts'

const ioWith = (text: string) => ({
  ...nodeIo,
  stat: async () => ({ kind: 'file' as const, sizeBytes: text.length }),
  async *read(path: string) {
    if (text === 'unreadable') throw new IoError(path, 'no')
    yield new TextEncoder().encode(text)
  },
})

async function findings(text: string) {
  try {
    await readResult(ioWith(text), 'r.json')
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics
    throw error
  }
  return []
}

test('reads what run writes', async () => {
  const result = await readResult(ioWith(renderJson(sampleResult)), 'r.json')
  expect(result.results.map(({ id }) => id)).toEqual(sampleResult.results.map(({ id }) => id))
  expect(result.results[0]?.metrics.latency).toEqual({ value: 47_123_000, unit: 'ps' })
})

test('a wrong value points at its line and column', async () => {
  const text = renderJson(sampleResult).replace('"value": 47123000', '"value": "fast"')
  const line = text.split('\n').findIndex((one) => one.includes('"fast"')) + 1
  const [found, ...others] = await findings(text)
  expect(others).toEqual([])
  expect(found).toMatchObject({
    code: 'bad-value',
    file: 'r.json',
    span: { line, column: text.split('\n')[line - 1]!.indexOf('"fast"') + 1 },
    args: { where: 'results[0].metrics.latency.value', expected: 'a number', got: '"fast"' },
  })
})

test('a missing key is named', async () => {
  const { configSha256: _, ...rest } = savedResult([1], { ep: [1] })
  const [found] = await findings(JSON.stringify(rest))
  expect(found).toMatchObject({ code: 'missing-key', args: { key: 'configSha256', within: 'the file' } })
})

test.each([
  ['{"schemaVersion": 1,\n  "moesim": }', 2, 13],
  ['{"schemaVersion": 1,\n', 2, 1],
  ['{"schemaVersion": 1,\n  "moesim": "1.2.3", "baseline": yes please}', 2, 34],
  ['hardware  fse-dp-2x2', 1, 1],
])('text that is no JSON is a syntax error at its place: %j', async (text, line, column) => {
  const [found] = await findings(text)
  expect(found).toMatchObject({ code: 'syntax', span: { line, column } })
})

test('a baseline that is no scheduler of the result, a repeated id and a wrong number of seed values are errors', async () => {
  const stray = { ...savedResult([1], { ep: [1] }), baseline: 'hydra' }
  expect((await findings(JSON.stringify(stray)))[0]?.args).toMatchObject({
    where: 'baseline',
    expected: 'one of ep',
  })
  const twice = savedResult([1], { ep: [1] })
  twice.results.push(twice.results[0]!)
  expect((await findings(JSON.stringify(twice)))[0]?.args).toMatchObject({ where: 'results[1].id' })
  const short = { ...savedResult([1, 2], { ep: [1, 2] }), seeds: [1, 2, 3] }
  expect((await findings(JSON.stringify(short)))[0]?.args).toMatchObject({
    where: 'results[0].metrics.latency.bySeed',
  })
})

test('a seed that is named twice is an error', async () => {
  const twice = savedResult([1, 1], { ep: [1, 2] })
  expect((await findings(JSON.stringify(twice)))[0]?.args).toMatchObject({
    where: 'seeds',
    expected: 'seeds that differ',
  })
})

test.each([3_000, 300_000])(
  'parts within parts, %i deep, are an error and exhaust no stack',
  async (depth) => {
    const text = JSON.stringify(savedResult([1], { ep: [1] })).replace(
      '"experiment":{',
      `"experiment":{"deep":${'['.repeat(depth)}${']'.repeat(depth)}`,
    )
    expect(await findings(text)).toMatchObject([{ code: 'syntax', file: 'r.json' }])
  },
)

test('another schema version is refused, keys of later versions are passed over', async () => {
  const later = { ...savedResult([1], { ep: [1] }), extra: true }
  expect(await findings(JSON.stringify(later))).toEqual([])
  expect((await findings(JSON.stringify({ ...later, schemaVersion: 2 })))[0]?.args).toMatchObject({
    where: 'schemaVersion',
  })
})

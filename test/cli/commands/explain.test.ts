// moesim explain: every name of every table has a definition and a source, and what is unknown is told.
import { expect, test } from 'vitest'
import { keyTopics, namedTopics, optionTopics, topicsOf } from '../../../src/cli/topics.ts'
import { jsonSchema } from '../../../src/config/schema.ts'
import { columnName } from '../../../src/report/column-name.ts'
import { sections } from '../../../src/report/sections.ts'
import { placements } from '../../../src/schedulers/placements/table.ts'
import { predictors } from '../../../src/schedulers/predictors/table.ts'
import { presets, schedulers } from '../../../src/schedulers/table.ts'
import { METRICS } from '../../../src/sim/metrics/metrics.ts'
import { sampleResult } from '../../helpers/results.ts'
import { runCli } from '../../helpers/run-cli.ts'

test('every metric, scheduler, preset, placement, predictor and option can be explained', () => {
  const names = [METRICS, schedulers, presets, placements, predictors].flatMap((table) => Object.keys(table))
  const options = Object.entries(schedulers).flatMap(([name, { options }]) =>
    Object.keys(options).map((option) => `${name}:${option}`),
  )
  for (const name of ['speedup', ...names, ...options]) expect(topicsOf(name).length).toBeGreaterThan(0)
  for (const topic of [...namedTopics(), ...optionTopics(), ...keyTopics()]) {
    expect(topic.definition).not.toBe('')
    expect(topic.source).toMatch(
      /^(moesim|FSE-DP paper|forecasting paper|the artifact of|EPLB|vLLM|DeepEP|least-loaded|MoE-Infinity|KTransformers)/,
    )
    expect(topic.unit !== undefined).toBe(topic.kind === 'metric')
    expect(topic.allowed !== undefined).toBe(topic.kind === 'option' || topic.kind === 'key')
  }
})

test('an option of a scheduler has its default, its allowed values and its source', async () => {
  const { exitCode, stdout, stderr } = await runCli(['explain', 'fse-dp:slots'])
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(stdout).toBe(
    [
      'fse-dp:slots (option)',
      '  definition  micro-slices a die can hold; fewer where SRAM has no room',
      '  default     12',
      '  allowed     a whole number from 2 to 65536',
      '  source      FSE-DP paper (arXiv 2603.27624): micro-slice flow, virtualization',
      '              rules 1-5, Algorithm 1',
      '',
    ].join('\n'),
  )
})

test('no line is wider than 80 columns, unless it is asked to be', async () => {
  const widest = (text: string) => Math.max(...text.split('\n').map(({ length }) => length))
  for (const name of ['ep', 'fse-dp', 'latency', 'hardware.compute']) {
    expect(widest((await runCli(['explain', name])).stdout)).toBeLessThanOrEqual(80)
  }
  expect(widest((await runCli(['explain', 'ep', '--wide'])).stdout)).toBeGreaterThan(200)
})

test('a metric has its unit, a preset what it is short for and its own defaults', async () => {
  expect((await runCli(['explain', 'latency'])).stdout).toMatch(
    /^latency \(metric\)\n {2}definition .*\n(?: {14}.*\n)+ {2}unit +ps\n/,
  )
  expect((await runCli(['explain', 'ep-tiled'])).stdout).toContain('short for   ep:slices=16,prefetch=2\n')
  expect(topicsOf('ep-tiled:slices')).toMatchObject([{ default: 16 }])
  expect(topicsOf('ep:slices')).toMatchObject([{ default: 1 }])
})

test('a name of several things and an option of several schedulers explain all of them', () => {
  expect(topicsOf('round-robin').map(({ kind }) => kind)).toEqual(['scheduler', 'placement'])
  expect(topicsOf('prefetch').map(({ name }) => name)).toEqual([
    ...['ep:prefetch', 'hydra:prefetch', 'least-loaded:prefetch'],
  ])
  expect(topicsOf('energy').map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'metric energy',
    'key hardware.memory.tiers.energy',
    'key hardware.energy',
  ])
})

test('every key of the JSON Schemas can be explained by its path and by the end of it', () => {
  const schemas = ['experiment', 'hardware', 'model'] as const
  const names = schemas.flatMap((kind) => propertyNames(jsonSchema(kind)))
  // What a constant may say of itself is no key of its own.
  const own = names.filter((name) => !['published', 'fitted', 'assumed', 'on'].includes(name))
  expect(own.length).toBeGreaterThan(100)
  for (const name of own) expect(topicsOf(name).some(({ kind }) => kind === 'key')).toBe(true)
  expect(topicsOf('link.bandwidth')).toEqual(
    ['hardware.link.bandwidth', 'hardware.memory.tiers.link.bandwidth'].flatMap(topicsOf),
  )
  expect(topicsOf('hardware.link.sharing')).toMatchObject([
    { default: 'routers', allowed: 'one of routers, fair, circuit' },
  ])
})

function propertyNames(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  return Object.entries(schema).flatMap(([key, inner]) =>
    key === 'properties'
      ? Object.entries(inner as object).flatMap(([name, of]) => [name, ...propertyNames(of)])
      : propertyNames(inner),
  )
}

test('headings of tables and columns of CSV are explained as the metric that they show', () => {
  const numbers = Object.keys(METRICS).map((name) => [name, { value: 1, unit: METRICS[name]!.unit }])
  const metrics = Object.fromEntries([...numbers, ['speedup', { value: 1, unit: 'ratio' }]])
  const results = sampleResult.results.map((of) => ({ ...of, metrics }))
  // Of what would help, rows are the metrics, and columns how much more of a resource there is.
  const tables = sections({ ...sampleResult, results }).filter(
    ({ title }) => !title.startsWith('what would help'),
  )
  const headings = tables.flatMap(({ columns }) => columns.map(({ header }) => header))
  for (const heading of headings.filter((text) => text !== 'scheduler'))
    expect(topicsOf(heading).filter(({ kind }) => kind === 'metric' || kind === 'column')).toHaveLength(1)
  for (const [name, { unit }] of Object.entries(METRICS))
    expect(topicsOf(columnName(name, unit)).map((topic) => topic.name)).toContain(name)
})

test('alone it lists all names under their kinds', async () => {
  const { stdout } = await runCli(['explain'])
  expect(stdout).toMatch(/^metric\n {2}speedup\n {2}latency\n/)
  expect(stdout).toContain('\nscheduler\n  ep\n')
  expect(stdout).toContain('\n  fse-dp:slots\n')
})

test('json holds the same as data', async () => {
  const { stdout } = await runCli(['explain', 'hops', '--format', 'json'])
  expect(JSON.parse(stdout)).toMatchObject([{ name: 'hops', kind: 'metric', unit: 'count' }])
})

test.each([
  ['latencyy', 'latency'],
  ['fse-dp:slotz', 'fse-dp:slots'],
  ['slotz', 'slots'],
  ['link.bandwith', 'link.bandwidth'],
  ['workload.token', 'workload.tokens'],
  ['peak sram per dye', 'peakSramPerDie'],
])('%s is unknown and has a suggestion', async (name, suggestion) => {
  const { exitCode, stdout, stderr } = await runCli(['explain', name])
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr).toContain(`error: unknown name to explain "${name}"; known: `)
  expect(stderr).toContain(`did you mean "${suggestion}"?`)
})

// The profile of the forecasting paper's routing: its numbers are those of the routing, and a trace gets its own column.
import { expect, test } from 'vitest'
import { nodeIo } from '../../../src/cli/node/io.ts'
import type { DataTable, Row } from '../../../src/papers/figure.ts'
import { profile } from '../../../src/papers/forecasting/profile.ts'
import { PROFILE_LINES } from '../../../src/papers/forecasting/profile-published.ts'
import { type Changes, Lab, type Point } from '../../../src/papers/lab.ts'
import { planReproduction } from '../../../src/papers/reproduce.ts'
import { STATISTICS } from '../../../src/trace/statistics/measure.ts'
import { memoryIo } from '../../helpers/memory-io.ts'
import { hooks } from '../tiny-lab.ts'

const EXPERTS = 16
const REQUESTS = 57

/** The models with few experts and layers, and few requests. */
class SmallLab extends Lab {
  private readonly sets: readonly string[]

  constructor(sets: readonly string[] = [], trace?: { path: string; text: string }) {
    const { files } = memoryIo(trace ? { [trace.path]: trace.text } : {})
    const read = memoryIo(Object.fromEntries(files))
    const isTrace = (path: string) => path === trace?.path
    const io = {
      ...nodeIo,
      stat: (path: string) => (isTrace(path) ? read : nodeIo).stat(path),
      read: (path: string) => (isTrace(path) ? read : nodeIo).read(path),
    }
    super(io, { isQuick: true, seed: 1, trace: trace?.path }, hooks)
    this.sets = sets
  }

  override load(name: string, changes: Changes = {}): Promise<Point> {
    const isLlama = changes.flags?.model === 'llama-4-maverick'
    const sets = [
      ...(changes.sets ?? []),
      ...[`model.experts=${EXPERTS}`, `model.top_k=${isLlama ? 1 : 4}`, 'model.moe_layers=[5, 6, 7, 8]'],
      ...['model.layers=9', 'model.router={groups: 1, groups_per_token: 1}', ...this.sets],
    ]
    return super.load(name, { ...changes, flags: { ...changes.flags, requests: `${REQUESTS}` }, sets })
  }
}

const run = (sets?: readonly string[], trace?: { path: string; text: string }) =>
  profile.run(new SmallLab(sets, trace))
const rowOf = (rows: readonly Row[], id: string) => rows.find((row) => row.id === id)
const cells = (table: DataTable | undefined, name: string, model: string) =>
  table?.rows.find(([statistic, of]) => statistic === name && of === model)

test('every line names a statistic that is measured, once', () => {
  for (const { statistic } of PROFILE_LINES) expect(STATISTICS).toHaveProperty(statistic)
  expect(new Set(PROFILE_LINES.map(({ name }) => name)).size).toBe(PROFILE_LINES.length)
})

test('the preset makes the next layer more predictable than popularity alone, and that more than chance', async () => {
  const { rows } = await run()
  for (const line of ['s1-all-rows', 's2']) {
    const { ours, reason } = rowOf(rows, `profile-${line}-deepseek-v3`)!
    const level = (name: string) => Number(new RegExp(`${name} ([\\d.]+)`).exec(reason)![1])
    // Four of sixteen experts are the first 20 %.
    expect(level('uniform')).toBeCloseTo(0.25, 2)
    expect(level('popularity')).toBeGreaterThan(level('uniform'))
    expect(ours.value).toBeGreaterThan(level('popularity'))
    expect(reason).toContain('by a preset that is fitted to this')
  }
})

test('a verdict needs a number in the text: readings of figures have none', async () => {
  const { rows, tables } = await run()
  for (const { id, published, judgement, claim } of rows) {
    expect(judgement === null, id).toBe(published!.text.startsWith('~') || id.includes('-s7-'))
    expect(claim, id).toBe(judgement === null ? undefined : 'profile')
  }
  expect(rowOf(rows, 'profile-s8-share-llama-4-maverick')).toBeUndefined()
  expect(cells(tables[0], 's8-share', 'llama-4-maverick')).toBeUndefined()
  expect(rows.map(({ id }) => id)).toContain('profile-s7-llama-4-maverick')
  for (const [, , , , , real] of tables[0]!.rows) expect(real).toBe('-')
})

/** Every token of every layer and phase chooses one and the same expert. */
function singleExpert(expert: number): string {
  const lines = ['request,token,phase,layer,experts']
  for (const request of ['a/1', 'b/1'])
    for (let token = 0; token < 4; token++)
      for (const layer of [5, 6, 7, 8])
        lines.push(`${request},${token},${token < 2 ? 'prefill' : 'decode'},${layer},${expert}`)
  return `${lines.join('\n')}\n`
}

test('a trace stands in the column of the model that it fits, and is not judged', async () => {
  const { rows, tables, notes } = await run([], { path: 't.csv', text: singleExpert(3) })
  const model = 'llama-4-maverick'
  expect(notes.at(-1)).toContain(`fits ${model}`)
  expect(cells(tables[0], 's6', model)!.at(-1)).toBe(EXPERTS)
  expect(cells(tables[0], 's1-all-rows', model)!.at(-1)).toBe(1)
  expect(cells(tables[0], 's5-5-5', model)!.at(-1)).toBe(1)
  expect(cells(tables[0], 's7', model)!.at(-1)).toBe(1)
  expect(cells(tables[0], 's6', 'kimi-k2')?.at(-1) ?? '-').toBe('-')
  expect(rowOf(rows, `profile-s6-${model}-real`)).toMatchObject({
    config: `none: moesim trace analyze t.csv --model ${model}`,
    ours: { value: EXPERTS, unit: 'ratio' },
    judgement: null,
  })
})

test('a trace that fits none of the models is refused with the reason of each', async () => {
  const refused = await run([], { path: 't.csv', text: singleExpert(EXPERTS) }).catch(
    (error: unknown) => error,
  )
  expect(refused).toMatchObject({
    diagnostics: [
      { code: 'conflict', file: 't.csv' },
      ...Array.from({ length: 4 }, () => ({ file: 't.csv' })),
    ],
  })
})

test('it runs without a trace and takes one', () => {
  const plan = (figure?: string, trace?: string) => planReproduction({ paper: 'forecasting', figure, trace })
  expect(plan().figures).toContain('profile')
  expect(plan().leftOut).toEqual(['llama4'])
  expect(plan('profile', 'dir').figures).toEqual(['profile'])
  expect(() => plan('dram', 'dir')).toThrow(
    expect.objectContaining({
      diagnostics: [
        expect.objectContaining({
          args: expect.objectContaining({ hint: 'leave --trace out; read by: profile, llama4' }),
        }),
      ],
    }),
  )
})

// Schedulers of an experiment against its hardware: what asks for more than there is, told where it is written.
import { expect, test } from 'vitest'
import { openConfig } from '../../../src/config/library.ts'
import { loadExperiment, resolveExperiment } from '../../../src/config/load.ts'
import { describe as describeFinding, UserError } from '../../../src/errors.ts'
import { bundledIo } from '../bundled-io.ts'

const fileWith = (scheduler: string, hardware = 'rtx-4090-host') => `hardware: ${hardware}
model: mixtral-8x7b
workload: {tokens: 1, iterations: 2}
layers: [0]
schedulers:
  - ep
  - ${scheduler}
`

async function refusal(text: string) {
  const request = { file: 'e.yaml', flags: {}, sets: [] }
  const error: unknown = await loadExperiment(bundledIo({ 'e.yaml': text }), request).catch((e) => e)
  if (!(error instanceof UserError)) throw error
  return error.diagnostics.map((found) => ({
    said: describeFinding(found),
    ...{ line: found.span?.line, column: found.span?.column, length: found.span?.length },
  }))
}

test.each([
  ['ep:cache=lru,cache-bytes=1 MB', 'a cache that holds one expert of mixtral-8x7b needs 352 MB'],
  ['ep:cache=lru,cache-bytes=1 TB', 'a cache, 1 TB, on each die of rtx-4090-host'],
  ['ep:cache=lru,cache-scope=layer,cache-bytes=1 GB', 'for each of 32 MoE layers'],
  ['forecast-prefetch:cache=lru,cache-bytes=1 MB', 'a cache that holds one expert of mixtral-8x7b'],
])('%s is refused where it is written', async (scheduler, what) => {
  const [found, ...others] = await refusal(fileWith(scheduler))
  expect(others).toEqual([])
  expect(found).toMatchObject({ line: 7, column: 5, length: scheduler.length })
  expect(found!.said).toContain(what)
})

test('cores that are not there are missed where they are asked for', async () => {
  const scheduler = 'ep:cache=static,cache-start=warm,miss=best'
  const [found] = await refusal(fileWith(scheduler, 'fse-dp-2x2'))
  expect(found).toMatchObject({ line: 7, column: 5, length: scheduler.length })
  expect(found!.said).toContain('fse-dp-2x2 has no tiers')
})

test('a point of a sweep may have no room: the others run', async () => {
  const io = bundledIo({ 'e.yaml': fileWith('ep:cache=lru,cache-bytes=1 MB') })
  const document = await openConfig(io, 'experiments', 'e.yaml')
  const loaded = await resolveExperiment(io, document, 'e', { flags: {}, sets: [] })
  expect(loaded.misfits()).toHaveLength(1)
})

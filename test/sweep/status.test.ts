// How far a sweep has come, shard by shard, from the files in its folder.
import { expect, test } from 'vitest'
import { lineOf } from '../../src/run/point-record.ts'
import { mergeSweep } from '../../src/sweep/merge.ts'
import { statusOf } from '../../src/sweep/status.ts'
import { memoryIo } from '../helpers/memory-io.ts'

const VERSION = '1.2.3'
const ids = ['a', 'b', 'c', 'd', 'e', 'f']
const plan = {
  ...{ schemaVersion: 1 as const, moesim: VERSION, name: 'small', axes: ['workload.tokens'] },
  points: ids.map((id, i) => ({ id, values: [`${i}`] })),
}

function folderWith(files: Readonly<Record<string, readonly string[]>>) {
  const io = memoryIo({})
  const experiment = { routing: { kind: 'generator' }, model: { name: 'm' } }
  const line = (id: string) =>
    lineOf(io, JSON.stringify({ id, moesim: VERSION, experiment, ...(id === 'd' && { error: 'too small' }) }))
  return memoryIo(
    Object.fromEntries(Object.entries(files).map(([name, of]) => [`dse/${name}`, of.map(line).join('')])),
  )
}

test('a shard is done, running, stopped or not started', async () => {
  const io = folderWith({
    'points-1-of-4.jsonl': ['a', 'e'],
    'points-2-of-4.jsonl': ['b'],
    'points-3-of-4.jsonl': [],
  })
  await io.lock('dse/points-2-of-4.jsonl.lock')
  const status = await statusOf(io, 'dse', plan, VERSION)
  expect(status).toEqual({
    ...{ points: 6, done: 3, refused: 0, missing: [['2'], ['3'], ['5']] },
    shards: [
      { shard: '1/4', points: 2, done: 2, state: 'done', holder: undefined },
      { shard: '2/4', points: 2, done: 1, state: 'running', holder: 'somebody' },
      { shard: '3/4', points: 1, done: 0, state: 'stopped', holder: undefined },
      { shard: '4/4', points: 1, done: 0, state: 'not started', holder: undefined },
    ],
  })
})

test('what a shard did that was taken over counts for it, and a point that cannot run is done', async () => {
  const io = folderWith({
    'points-1-of-2.jsonl': ['a'],
    'points-1-of-2-again-1.jsonl': ['c', 'a'],
    'points-2-of-2.jsonl': ['d'],
  })
  const { done, refused, shards } = await statusOf(io, 'dse', plan, VERSION)
  expect({ done, refused }).toEqual({ done: 3, refused: 1 })
  expect(shards.map((shard) => shard.done)).toEqual([2, 1])
})

test('merging says which shards lack points', async () => {
  const io = folderWith({ 'points-1-of-2.jsonl': ['a', 'c', 'e'], 'points-2-of-2.jsonl': ['b'] })
  await expect(mergeSweep(io, 'dse', plan, VERSION)).rejects.toThrow(
    /2 of 6 points have no result yet, of shards 2\/2 \(stopped\)/,
  )
})

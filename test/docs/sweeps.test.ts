// docs/sweeps.md on clusters: the numbers of shards that it shows are those of all tasks, each once.
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { readFile } from './documents.ts'

test.each([
  ['JOB_COMPLETION_INDEX', 0],
  ['AWS_BATCH_JOB_ARRAY_INDEX', 0],
])('the line with %s counts shards from 1 to 16', (variable, first) => {
  const [line] = new RegExp(`SHARD=\\$\\(\\(${variable}[^)]*\\)\\)`).exec(readFile('docs/sweeps.md')) ?? []
  const script = `for ${variable} in $(seq ${first} ${first + 15}); do ${line}; echo $SHARD; done`
  const shards = execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split('\n').map(Number)
  expect(shards).toEqual(Array.from({ length: 16 }, (_, i) => i + 1))
})

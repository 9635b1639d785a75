// The workflows on GitHub: the whole check on each supported Node, and an example for checks of one's own.
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { readFile } from './documents.ts'

interface Workflow {
  readonly on: readonly string[]
  readonly jobs: { readonly check: Job }
}
interface Job {
  readonly strategy?: { readonly matrix: { readonly node: readonly number[] } }
  readonly steps: readonly { readonly uses?: string; readonly run?: string }[]
}

const OWN = '.github/workflows/ci.yml'
const EXAMPLE = '.github/examples/check-speedups.yml'
const workflow = (path: string) => parse(readFile(path)) as Workflow

test('every push and pull request runs .ci/run on Node 20, 22 and 24', () => {
  const { on, jobs } = workflow(OWN)
  expect(on).toEqual(['push', 'pull_request'])
  expect(jobs.check.strategy?.matrix.node).toEqual([20, 22, 24])
  expect(jobs.check.steps.at(-1)?.run).toBe('bash .ci/run')
})

test('the example installs, then runs the check that docs/ci.md explains', () => {
  const runs = workflow(EXAMPLE).jobs.check.steps.flatMap(({ run }) => run ?? [])
  expect(runs).toEqual(['npm ci', 'npx moesim check speedups.json --format github'])
})

test('both name public actions alone, and no host', () => {
  for (const path of [OWN, EXAMPLE]) {
    const uses = workflow(path).jobs.check.steps.flatMap(({ uses: action }) => action ?? [])
    expect(uses).toEqual(['actions/checkout@v4', 'actions/setup-node@v4'])
    expect(readFile(path)).not.toMatch(/:\/\/|registry/)
  }
})

// `moesim compete` in process: its tables and forms, going on from what is kept, and input that it refuses.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Leaderboard } from '../../../src/compete/leaderboard.ts'
import { runCli } from '../../helpers/run-cli.ts'

let folder: string
let small: string[]
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'moesim-compete-'))
  const cells = ['--hardware', 'fse-dp-2x2,fse-dp-3x3', '--model', 'qwen3-30b-a3b,kimi-k2', '--tokens', '4']
  const who = ['--scheduler', 'ep', '--scheduler', 'ep:prefetch=1,slices=4', '--workers', '0']
  const capacity = ['--set', 'hardware.memory.capacity=10 GB']
  small = [
    'compete',
    ...cells,
    ...who,
    ...capacity,
    '--iterations',
    '1',
    '--output-dir',
    join(folder, 'kept'),
  ]
})
afterAll(() => rmSync(folder, { recursive: true }))

test('a leaderboard and who wins where; cells whose weights do not fit are left out and counted', async () => {
  const { exitCode, stdout, stderr } = await runCli([...small, '--wide'])
  expect(exitCode).toBe(0)
  expect(stderr).toMatch(/^8 points, 4 cannot run; kept in /m)
  expect(stdout).toMatch(
    /^ep:prefetch=1,slices=4 +1\.\d\d +1\.\d\d +100\.0 +100\.0 +1\.00 +1\.\d\d +1\.\d\d +2 +2 +\S+ [kM]B +\S+ mJ$/m,
  )
  expect(stdout).toMatch(
    /^fse-dp-3x3 +qwen3-30b-a3b +4 +\S+ [mu]s +ep:prefetch=1,slices=4 +1\.\d\d +ep +1\.\d\d$/m,
  )
  expect(stdout).not.toMatch(/^\S+ +kimi-k2/m)
  expect(stdout).toContain('4 times a scheduler could not run')
  expect(stdout.replaceAll('\n', ' ')).toContain(
    'Why: holding the routed experts of kimi-k2 in the memory of',
  )
})

test('the same command goes on from what is kept, whatever the form: nothing runs twice', async () => {
  const json = await runCli([...small, '--format', 'json'])
  expect(json.stderr).toContain('0 points, 8 done before')
  const { standings, cells, refused } = JSON.parse(json.stdout) as Leaderboard
  expect([standings.length, cells.length, refused]).toEqual([2, 2, 4])
  for (const { overOptimum, overBest } of standings) {
    expect(overOptimum).toBeGreaterThanOrEqual(overBest)
    expect(overBest).toBeGreaterThanOrEqual(1)
  }
  const csv = await runCli([...small, '--format', 'csv', '--quiet'])
  expect(csv.stdout.split('\n')).toHaveLength(1 + 4 + 1)
  const markdown = await runCli([...small, '--format', 'markdown', '--quiet'])
  expect(markdown.stdout).toMatch(/^\| ep:prefetch=1,slices=4 \| 1\.\d\d \|/m)
})

test('a point cut off by a kill is done again, and the board is the same', async () => {
  const before = await runCli([...small, '--format', 'json', '--quiet'])
  const results = join(folder, 'kept', 'points.jsonl')
  writeFileSync(results, readFileSync(results, 'utf8').slice(0, -40))
  const after = await runCli([...small, '--format', 'json'])
  expect(after.stderr).toContain('1 point, 7 done before')
  expect(after.stdout).toBe(before.stdout)
})

test('a seed that is listed twice runs once, and is told', async () => {
  const twice = await runCli([...small, '--seed', '1,1'])
  expect(twice.stderr).toContain('note: 8 combinations mean the same as an earlier one, and run once')
  const quiet = await runCli([...small, '--seed', '1,1', '--quiet'])
  expect(quiet.stderr).toBe('')
})

test('seeds are cells of their own, in which everyone sends results back', async () => {
  const few = ['--hardware', 'fse-dp-3x3', '--tokens', '4', '--iterations', '1', '--workers', '0', '--quiet']
  const who = ['--model', 'qwen3-30b-a3b', '--scheduler', 'ep', '--scheduler', 'fse-dp', '--combine', 'true']
  const { stdout, stderr } = await runCli([
    ...['compete', ...few, ...who, '--seed', '1,2', '--wide'],
    ...['--output-dir', join(folder, 'seeds')],
  ])
  expect(stderr).toBe('')
  expect(stdout).toMatch(/^ep:combine=true +\d/m)
  expect(stdout).toMatch(/^fse-dp-3x3 +qwen3-30b-a3b +4 +1 .*\n^fse-dp-3x3 +qwen3-30b-a3b +4 +2 /m)
})

test('a page has the leaderboard and a map of all cells', async () => {
  const report = join(folder, 'compete.html')
  const { exitCode } = await runCli([...small, '--report', report, '--quiet'])
  expect(exitCode).toBe(0)
  const page = readFileSync(report, 'utf8')
  expect(page).toContain('<h2>Leaderboard</h2>')
  expect(page).toContain('id="nearness"')
  expect(page).toContain('fse-dp-3x3, qwen3-30b-a3b, 4 tokens')
})

describe('refuses', () => {
  test.each([
    [['--hardware', 'fse-dp-9x9'], /fse-dp-9x9/],
    [['--scheduler', 'eq'], /eq/],
    [['--tokens', 'many'], /many/],
    [['--format', 'yaml'], /yaml/],
    [['--seed', 'x'], /seed/],
    [['--combine', 'maybe'], /combine/],
    [['--layers', '99'], /layer/],
    [['--set', 'workload.tokens=8'], /compete sets this itself; use --tokens/],
    [['--set', 'optimum=false'], /compete sets this itself; leave it out/],
  ])('%j', async (more, message) => {
    const { exitCode, stderr, stdout } = await runCli([
      ...['compete', '--output-dir', join(folder, 'none')],
      ...['--hardware', 'fse-dp-2x2', '--model', 'olmoe-1b-7b', '--tokens', '4'],
      ...more,
    ])
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toMatch(message)
  })
})

// `moesim trace analyze` through the real command line.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseTraceStatistics } from '../../../src/trace/statistics/document.ts'
import { runCli } from '../../helpers/run-cli.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'moesim-analyze-'))
  writeFileSync(at('mini.yaml'), MODEL)
  writeFileSync(at('t.csv'), CSV)
  writeFileSync(at('counts.json'), '{"logical_count": [[0,0,0,0],[3,1,0,0],[0,0,0,0],[2,2,2,2]]}')
})
afterEach(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)

const MODEL = `name: mini
layers: 4
moe_layers: [1, 3]
hidden: 64
expert_intermediate: 32
experts: 4
top_k: 2
shared_experts: 0
weight_bytes: 1
activation_bytes: 1
routing: {skew: 1, reuse: 0}
`
const ROWS = ['math/0', 'law/0'].flatMap((request) =>
  [0, 1, 2, 3].flatMap((token) => [
    `${request},${token},${token < 2 ? 'prefill' : 'decode'},1,${token % 2} 2`,
    `${request},${token},${token < 2 ? 'prefill' : 'decode'},3,${token % 2} 3`,
  ]),
)
const CSV = `request,token,phase,layer,experts\n${ROWS.join('\n')}\n`

const analyze = (...argv: string[]) => runCli(['trace', 'analyze', ...argv, '--model', at('mini.yaml')])

test('prints a table to stdout and nothing else', async () => {
  const { exitCode, stdout, stderr } = await analyze(at('t.csv'), '--wide')
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(stdout).toContain('holds     2 requests, 4 prefill and 4 decode tokens\n')
  // Expert 2 in every token, 0 and 1 in turn: neighbours share one of two.
  expect(stdout).toMatch(/^reuse, next token +decode +0\.500 +0\.500 +0\.500 +0\.500 /m)
  expect(stdout).toContain('Experts hot in 90 % of the tasks\n')
})

test('the JSON form reads back, with the layers and the seed asked for', async () => {
  const { exitCode, stdout } = await analyze(at('t.csv'), '--format', 'json', '--layers', '3', '--seed', '5')
  expect(exitCode).toBe(0)
  const { trace, seed, layers } = parseTraceStatistics(stdout, 'stdout')
  expect({ seed, layers: trace.layers, tasks: trace.tasks }).toEqual({
    seed: 5,
    layers: [3],
    tasks: ['math', 'law'],
  })
  expect(layers.map(({ layer }) => layer)).toEqual([3])
})

test('--output writes the file and says so, unless --quiet', async () => {
  const run = await analyze(at('t.csv'), '--format', 'csv', '--output', at('o.csv'))
  expect(run).toEqual({ exitCode: 0, stdout: '', stderr: `wrote ${at('o.csv')}\n` })
  expect(readFileSync(at('o.csv'), 'utf8')).toMatch(/^layer,statistic,phase,value,/)
  const quiet = await analyze(at('t.csv'), '--quiet', '--output', at('q.txt'))
  expect(quiet).toEqual({ exitCode: 0, stdout: '', stderr: '' })
  expect(existsSync(at('q.txt'))).toBe(true)
})

test('counts give load skew, and the table says what they cannot give', async () => {
  const { exitCode, stdout } = await analyze(at('counts.json'), '--layers', 'sample:2', '--wide')
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/^max \/ mean load \(S6\) +all +2\.000 +1\.000 +3\.000 /m)
  expect(stdout).toContain('Not measured: reuse, next token; ')
  expect(stdout).toContain('needs the tokens: the trace has counts only.\n')
})

test.each([
  [['--layers', 'some'], '--layers must be all, sample:COUNT or layer ids such as 0,5,9, got "some"'],
  [['--layers', '2'], 'layer 2 is asked for but not covered'],
  [['--seed', '-1'], '--seed must be a whole number from 0 to'],
  [['--format', 'markdown'], 'Allowed choices are table, json, csv.'],
])('%j is an error that says what is allowed', async (argv, message) => {
  const { exitCode, stdout, stderr } = await analyze(at('t.csv'), ...argv)
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr).toContain(message)
})

test('Ctrl-C between layers ends it without a result', async () => {
  let now = 0
  const argv = ['trace', 'analyze', at('t.csv'), '--model', at('mini.yaml')]
  const run = await runCli(argv, { interrupt: true, nowMs: () => (now += 100) })
  expect(run).toMatchObject({ exitCode: 130, stdout: '' })
})

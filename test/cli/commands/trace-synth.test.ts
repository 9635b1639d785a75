// `moesim trace synth` through the real command line.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCli } from '../../helpers/run-cli.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'moesim-synth-'))
})
afterEach(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)
const text = (name: string) => readFileSync(at(name), 'utf8')

const SHORT = ['--layers', '0,1', '--requests', '3', '--prompt-tokens', '4', '--answer-tokens', '3']
const MODEL = ['--model', 'qwen3-30b-a3b']
const synth = (name: string, ...argv: string[]) => runCli(['trace', 'synth', at(name), ...argv])

const READ = { requests: 3, tokens: { prefill: 12, decode: 9 } }

test('writes a trace that reads back whole, in every form, without naming its model', async () => {
  for (const name of ['a.csv', 'a.csv.gz', 'a.parquet']) {
    expect(await synth(name, ...MODEL, ...SHORT)).toMatchObject({ exitCode: 0, stdout: '' })
    const { stdout, exitCode } = await runCli(['trace', 'info', at(name), '--format', 'json'])
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject(READ)
  }
})

test('the same options and seed give the same bytes, another seed others', async () => {
  const knobs = ['--preset', 'qwen3-30b-a3b', '--coactivation', '0.2', '--length-spread', '0.5', ...SHORT]
  for (const [name, seed] of [['a.csv', '4'], ['b.csv', '4'], ['c.csv', '5']] as const) await synth(name, ...knobs, '--seed', seed) // biome-ignore format: one call each
  expect(text('a.csv')).toBe(text('b.csv'))
  expect(text('c.csv')).not.toBe(text('a.csv'))
})

test('saved knobs make the same trace again, and longer ones', async () => {
  const knobs = ['--reuse', '0:0,1:0.5', '--classes', '4', '--affinity', '2', ...SHORT]
  await synth('a.csv', ...MODEL, ...knobs, '--save-knobs', at('k.json'))
  await synth('b.csv', '--knobs', at('k.json'))
  expect(text('b.csv')).toBe(text('a.csv'))
  await synth('c.csv', '--knobs', at('k.json'), '--requests', '5')
  // Two layers a token: a manifest, a header and the rows.
  expect(text('c.csv').split('\n')).toHaveLength(2 + 5 * 7 * 2 + 1)
})

test('arrivals go into a file beside the trace, and a recording brings its lengths', async () => {
  await synth('a.csv', ...MODEL, ...SHORT, '--arrivals', 'poisson:2')
  expect(text('a.arrivals.csv')).toMatch(/^request,arrival_s\n0,[\d.]+\n1,[\d.]+\n2,[\d.]+\n$/)
  writeFileSync(at('m.jsonl'), '{"timestamp":5,"input_length":2,"output_length":1}\n{"timestamp":1005,"input_length":3,"output_length":2}\n') // biome-ignore format: one file
  await synth('b.csv', ...MODEL, '--layers', '0', '--arrivals', at('m.jsonl'))
  expect(text('b.arrivals.csv')).toBe('request,arrival_s\n0,0\n1,1\n')
  expect(text('b.csv')).toContain('"requests":2,"prefillTokens":5,"decodeTokens":3')
})

test.each([
  [[], 'nothing says which model the trace is to be of'],
  [['--preset', 'kimi-k2', '--knobs', 'k.json'], '--preset and --knobs exclude each other'],
  [[...MODEL, '--reuse', '0:0,x'], '--reuse must be a number, or LAYER:VALUE pairs'],
  [[...MODEL, '--requests', '-1'], '--requests must be a whole number'],
  [[...MODEL, '--focus', '2'], 'focus'],
  [[...MODEL, '--arrivals', 'poisson:0'], 'requests per second above 0'],
  [['--preset', 'gpt'], "option '--preset <name>' argument 'gpt' is invalid"],
])('%j is refused', async (argv, message) => {
  const { exitCode, stderr } = await synth('a.csv', ...argv)
  expect(exitCode).toBe(2)
  expect(stderr).toContain(message)
})

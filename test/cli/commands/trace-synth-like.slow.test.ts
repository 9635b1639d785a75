// `moesim trace synth --like` through the real command line: a fit takes most of a second.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
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

test('--like fits to a trace, and takes its request lengths over', async () => {
  await synth('a.csv', ...MODEL, ...SHORT, '--length-spread', '0.6', '--requests', '24')
  const { exitCode } = await synth('b.csv', '--like', at('a.csv'), '--quiet')
  expect(exitCode).toBe(0)
  const lengths = (name: string) =>
    [...text(name).matchAll(/^(\d+),\d+,(\w+),0,/gm)].map(([, request, phase]) => `${request} ${phase}`)
  expect(lengths('b.csv')).toEqual(lengths('a.csv'))
})

test('--like fits to saved statistics as well', async () => {
  await synth('a.csv', ...MODEL, ...SHORT, '--requests', '24')
  await runCli(['trace', 'analyze', at('a.csv'), '--format', 'json', '--output', at('s.json')])
  expect((await synth('b.csv', '--like', at('s.json'), '--quiet')).exitCode).toBe(0)
  expect(text('b.csv')).toContain('"requests":24,"prefillTokens":96,"decodeTokens":72')
})

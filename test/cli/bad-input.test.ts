// What can be wrong on a command line: always exit 2, a message that says what, never a stack trace or a result.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { runCli } from '../helpers/run-cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'moesim-bad-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)
writeFileSync(at('empty.yaml'), '')
writeFileSync(at('empty.csv'), '')
writeFileSync(at('notes.txt'), 'hello')

test.each<[argv: readonly string[], message: RegExp]>([
  [['run', '--scheduler', 'fse-pd'], /unknown scheduler "fse-pd".*did you mean "fse-dp"/],
  [['run', '--scheduler', 'ep:prefech=1'], /"prefech".*did you mean "prefetch"/],
  [['run', '--scheduler', 'ep:prefetch=-1'], /prefetch must be a whole number/],
  [['run', '--scheduler', 'ep:prefetch'], /ep:prefetch/],
  [['run', '--scheduler', ''], /scheduler/],
  [['run', '--scheduler', 'ep', '--scheduler', 'ep'], /ep/],
  [['run', '--scheduler', 'ep', '--baseline', 'fse-dp'], /fse-dp/],
  [['run', '--hardware', 'fse-dp-2x3'], /unknown hardware "fse-dp-2x3".*did you mean/],
  [['run', '--model', 'mixtral-8x7'], /unknown model "mixtral-8x7".*did you mean "mixtral-8x7b"/],
  [['run', '--hardware', at('absent.yaml')], /absent\.yaml error: cannot read/],
  [['run', at('absent.yaml')], /absent\.yaml error: cannot read/],
  [['run', folder], /director/],
  [['run', at('empty.yaml')], /empty\.yaml/],
  [['run', '--trace', at('absent.csv')], /absent\.csv/],
  [['run', '--trace', at('empty.csv')], /empty\.csv error: .*the file is empty/],
  [['run', '--trace', at('notes.txt')], /notes\.txt/],
  [['run', '--tokens', '0'], /--tokens must be a whole number/],
  [['run', '--tokens', '1e3'], /--tokens must be a whole number/],
  [['run', '--tokens', '64', '--requests', '2'], /--requests/],
  [['run', '--tokens', '1000000'], /needs 1000000 tokens/],
  [['run', '--requests', '2', '--decode-steps', '999999'], /decode/],
  [['run', '--seed', '-1'], /--seed must be a whole number/],
  [['run', '--seeds', '0'], /--seeds must be a whole number/],
  [['run', '--workers', '-1'], /--workers must be a whole number from 0 to 1024/],
  [['run', '--workers', 'all'], /--workers must be a whole number from 0 to 1024/],
  [['run', '--workers', '1025'], /--workers must be a whole number from 0 to 1024/],
  [['run', '--layers', 'some'], /layers/],
  [['run', '--layers', 'sample:0'], /layers/],
  [['run', '--layers', '4711'], /4711/],
  [['run', '--format', 'xml'], /xml/],
  [['run', '--set', 'seed'], /--set/],
  [['run', '--set', 'seeed=3'], /unknown key "seeed".*did you mean "seed"/],
  [['run', '--set', '__proto__.polluted=1'], /__proto__/],
  [['run', '--set', 'hardware.link.bandwidth=0 GB/s'], /bandwidth/],
  [['run', '--set', 'hardware.link.bandwidth=32 GB'], /bandwidth/],
  [['run', '--output', folder], /cannot write: is a directory/],
  [['run', '--output', join(folder, 'absent', 'out.json')], /cannot write: no such file or directory/],
  [['run', '--output', join(at('notes.txt'), 'out.json')], /cannot write: .*not a directory/],
  [['validate', at('absent.yaml')], /absent\.yaml error: cannot read/],
  [['validate', at('notes.txt')], /notes\.txt/],
  [['validate', folder, '--model', 'mixtral-8x7b'], /empty\.csv error: .*the file is empty/],
  [['validate', at('empty.csv'), '--model', 'mixtrl-8x7b'], /did you mean "mixtral-8x7b"/],
])('%j', async (argv, message) => {
  const { exitCode, stdout, stderr } = await runCli(argv)
  expect(stderr).toMatch(message)
  expect(exitCode).toBe(2)
  expect(stderr).not.toMatch(/\n {4}at |this is a bug/)
  expect(stderr).toMatch(/error/)
  // A result never comes with an error; validate says how many errors there are.
  if (argv[0] !== 'validate') expect(stdout).toBe('')
})

test('a directory that cannot be written to is found before the trace is read', async () => {
  const argv = ['run', '--trace', at('empty.csv'), '--output', join(folder, 'absent', 'out.json')]
  const { stderr } = await runCli(argv)
  expect(stderr).toContain('cannot write')
  expect(stderr).not.toContain('empty.csv')
})

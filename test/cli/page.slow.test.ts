// `--report` and `--charts` in process: files, bytes, bad input, and that nothing of it is loaded without them.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCli } from '../helpers/run-cli.ts'

/** The demo, made small. */
const SMALL = ['run', '--tokens', '16', '--layers', '0', '--scheduler', 'ep', '--scheduler', 'fse-dp']

const CHARTS = ['bounds', 'energy', 'speedup', 'sram', 'traffic']
/** Of one iteration, observed. */
const INSIDE = ['package', 'sram-over-time', 'waits']

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'moesim-page-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const at = (name: string) => join(folder, name)

test('run --report writes one page beside the result, with the command that repeats it', async () => {
  const plain = await runCli(SMALL)
  const set = ['--set', 'hardware.link.bandwidth=256 GB/s']
  const { exitCode, stdout, stderr } = await runCli([...SMALL, ...set, '--report', at('a.html')])
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: `wrote ${at('a.html')}\n` })
  expect(stdout.split('\n')[0]).toBe(plain.stdout.split('\n')[0])
  expect(readdirSync(folder)).toEqual(['a.html'])
  const html = readFileSync(at('a.html'), 'utf8')
  expect(html).toContain('<title>qwen3-30b-a3b on fse-dp-2x2: 1 iteration of 16 tokens</title>')
  expect(html).toContain(
    'moesim run --layers 0 --set &#39;hardware.link.bandwidth=256 GB/s&#39;'.replace(
      ' --layers 0',
      ' --scheduler ep --scheduler fse-dp --tokens 16 --layers 0',
    ),
  )
  expect(html).not.toContain(folder)
})

test('the same run gives the same bytes of page, whatever the file is called', async () => {
  await runCli([...SMALL, '--report', at('a.html')])
  await runCli([...SMALL, '--report', at('b.html'), '--quiet', '--workers', '1'])
  expect(readFileSync(at('a.html')).equals(readFileSync(at('b.html')))).toBe(true)
  expect(readFileSync(at('a.html')).length).toBeLessThan(2e6)
})

test('run --charts makes its folder and writes an SVG and a PNG for each chart, without a word of Vega', async () => {
  const { exitCode, stderr } = await runCli([...SMALL, '--charts', at('charts')])
  expect(exitCode).toBe(0)
  const names = [...CHARTS, ...INSIDE].flatMap((name) => [`${name}.svg`, `${name}.png`]).sort()
  expect(readdirSync(at('charts')).sort()).toEqual(names)
  expect(stderr.trim().split('\n').sort()).toEqual(names.map((name) => `wrote ${at('charts')}/${name}`))
})

test('a look inside changes no number of the result', async () => {
  const format = ['--format', 'json']
  const plain = await runCli([...SMALL, ...format])
  const reported = await runCli([...SMALL, ...format, '--quiet', '--report', at('a.html')])
  expect(reported.stdout).toBe(plain.stdout)
})

test('schedulers that read ahead have a page without a look inside', async () => {
  const ahead = ['--tokens', '8', '--model', 'deepseek-moe-16b', '--layers', '1,2']
  const only = ['run', ...ahead, '--scheduler', 'forecast-prefetch:ahead=4', '--quiet']
  expect(await runCli([...only, '--report', at('a.html')])).toMatchObject({ exitCode: 0, stderr: '' })
  const html = readFileSync(at('a.html'), 'utf8')
  expect(html).toContain('id="speedup"')
  expect(html).not.toContain('Inside one iteration')
})

test.each([
  [['--report', 'page.txt'], 'let its name end in .html'],
  [['--report', '/nowhere/page.html'], '/nowhere/page.html error: cannot write'],
  [['--charts', ''], '--charts needs a folder'],
])('%j is refused before anything runs', async (flags, message) => {
  const { exitCode, stdout, stderr } = await runCli([...SMALL, ...flags])
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr).toContain(message)
})

test('--charts into a file is refused before anything runs', async () => {
  writeFileSync(at('taken'), '')
  const { exitCode, stderr } = await runCli([...SMALL, '--charts', at('taken')])
  expect(exitCode).toBe(2)
  expect(stderr).toContain(`${at('taken')} error: cannot write`)
})

/** Files and packages that are loaded with `path`, without those that are imported as types or on demand. */
function loadedWith(path: string, seen = new Set<string>()): Set<string> {
  if (seen.has(path)) return seen
  seen.add(path)
  if (!path.startsWith('/')) return seen
  for (const [, specifier] of readFileSync(path, 'utf8').matchAll(
    /^(?:import|export)\s(?!type\b)[^'()]*?from\s+'([^']+)'/gm,
  )) {
    loadedWith(specifier!.startsWith('.') ? join(dirname(path), specifier!) : specifier!, seen)
  }
  return seen
}

test('without --report and --charts nothing of the page is loaded', () => {
  const start = fileURLToPath(new URL('../../src/cli/start.ts', import.meta.url))
  const loaded = [...loadedWith(start)]
  expect(loaded).toContain('commander')
  expect(loaded.filter((name) => /report\/page\/|^vega/.test(name))).toEqual([])
})

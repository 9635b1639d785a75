// moesim as another package has it: the examples of docs/library.md run, types hold, and the tarball has what it needs.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { built } from './helpers/built.ts'

const BIN = built('bin', 'moesim.js')
const DOCUMENT = readFileSync('docs/library.md', 'utf8')
const example = (name: string) =>
  new RegExp(`<!-- test: ${name} -->\\n\`\`\`js\\n([^]*?)\`\`\``).exec(DOCUMENT)![1]!

let folder: string
beforeAll(() => {
  // Below the packages of this one: those that moesim needs are found from there, whatever Node makes of links.
  folder = mkdtempSync(join(process.cwd(), 'node_modules', '.cache', 'library-'))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(built('.'), join(folder, 'node_modules', 'moesim'), 'junction')
})
afterAll(() => rmSync(folder, { recursive: true }))

const node = (...argv: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { cwd: folder, encoding: 'utf8' })
  return { status, stdout, stderr }
}

test('the example of the document prints what the command line computes', () => {
  writeFileSync(join(folder, 'example.mjs'), example('library'))
  const { status, stdout, stderr } = node('example.mjs')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const options = ['--tokens', '16', '--layers', '0', '--set', 'hardware.link.bandwidth=96 GB/s']
  const { results } = JSON.parse(node(BIN, 'run', ...options, '--format', 'json').stdout)
  const lines = results.map(
    ({ id, metrics }: { id: string; metrics: Record<string, { value: number }> }) =>
      `${id} ${metrics.latency!.value} ps ${metrics.speedup!.value}\n`,
  )
  expect(stdout).toBe(
    `${lines.join('')}--tokens must be a whole number from 1 to 1000000, got "many"\n6 requests\n`,
  )
})

test('what a program imports has types', () => {
  const program = `import { loadExperiment, type RunResult, readTrace, run, type SchedulerDefinition } from 'moesim'
const result: RunResult = await run(await loadExperiment('demo', { tokens: '16' }))
const value: number | undefined = result.results[0]?.metrics.latency?.value
const trace = await readTrace('a.csv', 'mixtral-8x7b')
if (trace.gives === 'tokens') trace.source.layerExperts(0).fill(0)
// @ts-expect-error a name is a text
await loadExperiment(3)
export const definition: SchedulerDefinition | undefined = undefined
export { value }
`
  writeFileSync(join(folder, 'program.mts'), program)
  const flags = [
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--target',
    'es2023',
    '--module',
    'nodenext',
    '--types',
    '',
  ]
  const tsc = join(process.cwd(), 'node_modules', 'typescript', 'bin', 'tsc')
  const { status, stdout } = node(tsc, ...flags, 'program.mts')
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
})

test('a scheduler of one’s own runs from its file by its options, and nothing but the command line loads it', () => {
  writeFileSync(join(folder, 'mine.mjs'), example('scheduler'))
  const small = ['--tokens', '8', '--layers', '0', '--format', 'json']
  const { status, stdout, stderr } = node(
    BIN,
    'run',
    '--scheduler',
    'round-robin:offset=0',
    '--scheduler',
    './mine.mjs:stride=0',
    '--scheduler',
    './mine.mjs:stride=2',
    ...small,
  )
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const { results } = JSON.parse(stdout)
  expect(results.map(({ id }: { id: string }) => id)).toEqual([
    'round-robin:offset=0',
    'mine:stride=0',
    'mine:stride=2',
  ])
  expect(results[1].metrics.loadImbalance.value).toBe(4)
  const inFile = node(BIN, 'run', '--set', 'schedulers=[./mine.mjs]', ...small)
  expect(inFile.status).toBe(2)
  expect(inFile.stderr).toContain('unknown scheduler "./mine.mjs"')
  writeFileSync(join(folder, 'empty.mjs'), 'export default {}\n')
  writeFileSync(join(folder, 'ep.mjs'), example('scheduler'))
  for (const [file, message] of [
    ['./empty.mjs', 'its default export is no scheduler'],
    ['./ep.mjs', 'there is a scheduler ep already'],
    ['./gone.mjs', 'cannot read'],
  ]) {
    const refused = node(BIN, 'run', '--scheduler', file!, ...small)
    expect(refused.status).toBe(2)
    expect(refused.stderr).toContain(message)
  }
})

/** A scheduler in which one thing is wrong; on its third line, where that is a line of code. */
const wrong = ({ options = '{}', create = '() => made', start = '{}' }) =>
  `const made = {slices: 1, home: () => 0, startLayer(machine)
{
${start}
}}
export default {summary: 'mine', source: 'mine', options: ${options}, create: ${create}}
`

test.each([
  [
    'throws as it starts',
    wrong({ start: 'throw new RangeError("no die")' }),
    ':3:7 error: RangeError: no die\n   3 | throw',
  ],
  [
    'throws later',
    wrong({ start: 'machine.later(5, () => null.die)' }),
    ':3:29 error: TypeError: Cannot read',
  ],
  ['throws as it is made', wrong({ create: "() => { throw 'no room' }" }), ' error: no room\n'],
  [
    'is none',
    wrong({ create: '() => ({slices: 0.5})' }),
    ' error: TypeError: create gives no scheduler: {slices',
  ],
  ['leaves work undone', wrong({}), ' error: the run stopped with 64 units of work undone'],
  [
    'computes what is not there',
    wrong({ start: 'machine.compute({expert: 3, slice: 0, die: 0, fromPair: 0, toPair: 1}, () => {})' }),
    ':3:9 error: ',
  ],
  [
    'has an option of no type',
    wrong({ options: '{stride: 3}' }),
    ' error: its option stride is not declared',
  ],
  ['fails as it is loaded', 'null.default\n', ':1:6 error: TypeError: Cannot read'],
  ['is no JavaScript', 'export default {\n  a b }\n', ' error: cannot read: Unexpected identifier'],
])('a scheduler of one’s own that %s is the user’s error, with its file and line', (_, code, message) => {
  writeFileSync(join(folder, 'broken.mjs'), code)
  const argv = ['run', '--scheduler', 'ep', '--scheduler', './broken.mjs', '--tokens', '8', '--layers', '0']
  const { status, stdout, stderr } = node(BIN, ...argv, '--quiet')
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(stderr).toContain(`./broken.mjs${message}`)
  expect(stderr).not.toMatch(/bug in moesim|\n {4}at /)
})

test('the tarball holds the program, its types and what it reads, and neither maps nor tests', () => {
  const listed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [{ files }] = JSON.parse(listed)
  const paths: string[] = files.map(({ path }: { path: string }) => path)
  expect(paths).toEqual(
    expect.arrayContaining(['bin/moesim.js', 'configs/experiments/demo.yaml', 'docs/library.md']),
  )
  expect(paths.filter((path) => /\.map$|(^|\/)test\/|\.test\./.test(path))).toEqual([])
})

test('results fit their schema, which names what the JSON has', () => {
  const schema = JSON.parse(node(BIN, 'schema', 'result').stdout)
  const result = JSON.parse(node(BIN, 'run', '--tokens', '8', '--layers', '0', '--format', 'json').stdout)
  expect(Object.keys(schema.properties).sort()).toEqual(Object.keys(result).sort())
  const scheduler = schema.properties.results.items.properties
  expect(Object.keys(scheduler).sort()).toEqual(Object.keys(result.results[0]).sort())
})

// moesim compare, from saved files to text: real runs, every format, and what it refuses.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCli } from '../../helpers/run-cli.ts'
import { savedResult } from '../../helpers/saved-results.ts'

let folder: string
let a: string
let b: string

const RUN = [
  'run',
  '--model',
  'deepseek-moe-16b',
  '--tokens',
  '16',
  '--layers',
  '1',
  '--quiet',
  '--format',
  'json',
]

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'moesim-compare-'))
  a = join(folder, 'a.json')
  b = join(folder, 'b.json')
  const common = [...RUN, '--seeds', '2', '--scheduler', 'ep', '--scheduler', 'fse-dp']
  expect((await runCli([...common, '--output', a])).exitCode).toBe(0)
  const faster = ['--set', 'hardware.memory.bandwidth=200 GB/s']
  expect((await runCli([...common, ...faster, '--output', b])).exitCode).toBe(0)
})
afterAll(() => rmSync(folder, { recursive: true }))

test('real runs on other memory are compared seed by seed, and the changed setting is named', async () => {
  const { exitCode, stdout, stderr } = await runCli(['compare', a, b, '--format', 'json'])
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  const { changes, metrics, results } = JSON.parse(stdout)
  expect(results.map(({ label }: { label: string }) => label)).toEqual(['A', 'B'])
  expect(changes.map(({ path }: { path: string }) => path)).toEqual(['hardware.memory.bytesPerPs'])
  const [latency] = metrics
  expect(latency).toMatchObject({ metric: 'latency', relation: 'speedup' })
  for (const { cells } of latency.rows) {
    expect(cells[1].relation.pairedSeeds).toEqual([1, 2])
    expect(cells[1].relation.value).toBeGreaterThan(1)
  }
})

test('the table shows latencies, speedups over A, and the changes', async () => {
  const { stdout } = await runCli(['compare', a, b])
  expect(stdout).toMatch(/^A {2}\S+a\.json \(baseline ep, seeds 1, 2\)\nB {2}/)
  expect(stdout).toContain('B over A')
  expect(stdout).toMatch(/hardware\.memory\.bytesPerPs\s+\S+\s+0\.2\n/)
  expect(stdout).toContain('over seeds 1, 2, each seed paired with itself')
})

test('markdown and csv hold the same numbers, and --output writes them to a file', async () => {
  const { stdout: csv } = await runCli(['compare', a, b, '--format', 'csv', '--metric', 'latency'])
  expect(csv.split('\n')[0]).toBe(
    'metric,unit,scheduler,result,file,value,ci95,relation,relationValue,relationCi95,pairedSeeds',
  )
  expect(csv.trim().split('\n')).toHaveLength(1 + 2 * 2)
  const { stdout: markdown } = await runCli(['compare', a, b, '--format', 'markdown'])
  expect(markdown).toContain('### latency\n\n| scheduler | A | B | B over A speedup [x] |\n')
  const file = join(folder, 'out.csv')
  const written = await runCli(['compare', a, b, '--format', 'csv', '--metric', 'latency', '--output', file])
  expect(written).toEqual({ exitCode: 0, stdout: '', stderr: `wrote ${file}\n` })
})

test('a result without values by seed is said to be unpaired', async () => {
  const old = savedResult([1, 2], { ep: [10, 30] })
  delete old.results[0]!.metrics.latency!.bySeed
  const path = join(folder, 'old.json')
  writeFileSync(path, JSON.stringify(old))
  const { stdout } = await runCli(['compare', path, b, '--metric', 'latency'])
  expect(stdout.replaceAll('\n', ' ')).toContain(
    'ratio of the means, not paired, because fewer than two seeds have values in both',
  )
})

test('results on other routing with the same seeds are pointed out', async () => {
  const path = join(folder, 'other.json')
  const [one, two] = [savedResult([1], { ep: [10] }), savedResult([1], { ep: [10] })]
  writeFileSync(path, JSON.stringify({ ...one, traceSha256: 'e' }))
  const same = join(folder, 'same.json')
  writeFileSync(same, JSON.stringify(two))
  const remark = 'not all on the same routing decisions'
  expect((await runCli(['compare', path, same])).stdout).toContain(remark)
  expect((await runCli(['compare', same, same])).stdout).not.toContain(remark)
})

test.each([
  [['a'], /^error: compare takes 2 to 26 results, got 1; /],
  [['a', 'missing'], /missing\.json error: cannot read: there is no such file\n1 error\n$/],
  [
    ['a', 'b', '--metric', 'latecny'],
    /--metric error: unknown metric "latecny"; .*did you mean "latency"\?\n1 error\n$/,
  ],
])('compare %j is refused', async (argv, message) => {
  const paths = argv.map((arg) => (['a', 'b', 'missing'].includes(arg) ? join(folder, `${arg}.json`) : arg))
  const { exitCode, stdout, stderr } = await runCli(['compare', ...paths])
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr).toMatch(message)
})

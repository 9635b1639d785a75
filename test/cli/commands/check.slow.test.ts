// `moesim check` through the real command line: recording, agreeing, noticing a shift, refusing other input.
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { nodeIo } from '../../../src/cli/node/io.ts'
import type { CliIo } from '../../../src/cli/ports.ts'
import { runCli } from '../../helpers/run-cli.ts'

const CASE = { name: 'tiny', run: { experiment: 'demo', layers: '0', schedulers: ['ep', 'ep:prefetch=1'] } }
const START = { schemaVersion: 1, tolerance: 0.01, metrics: ['latency', 'speedup'], cases: [CASE] }

/** Real files to read, and one file that is kept in memory. */
function ioWith(path: string, content: string) {
  let now = content
  const bytes = () => new TextEncoder().encode(now)
  const io: CliIo = {
    ...nodeIo,
    stat: async (asked) =>
      asked === path ? { kind: 'file', sizeBytes: bytes().length } : nodeIo.stat(asked),
    read: (asked) => (asked === path ? one(bytes()) : nodeIo.read(asked)),
    assertWritable: async () => {},
    write: async (_asked, written) => {
      now = String(written)
    },
  }
  return { io, text: () => now }
}

async function* one(bytes: Uint8Array) {
  yield bytes
}

const check = async (file: unknown, ...argv: readonly string[]) => {
  const { io, text } = ioWith('c.json', typeof file === 'string' ? file : JSON.stringify(file))
  return { ...(await runCli(['check', 'c.json', '--workers', '0', ...argv], { io })), text: text() }
}

const recorded = JSON.parse((await check(START, '--update')).text) as {
  cases: { configSha256: string; results: Record<string, Record<string, number>> }[]
}
const shifted = (factor: number, change: Readonly<Record<string, unknown>> = {}) => {
  const copy = structuredClone(recorded)
  copy.cases[0]!.results['ep:prefetch=1']!.speedup! *= factor
  return { ...copy, ...change }
}

describe('a file of cases', () => {
  test('gets its results by --update, which shows them as new and exits with 0', async () => {
    const { exitCode, stdout, text } = await check(START, '--update', '--wide')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/tiny +ep:prefetch=1 +speedup +- +1\.\d+ +- +1 +new/)
    const { cases, ...rest } = JSON.parse(text)
    expect(rest).toEqual({ schemaVersion: 1, tolerance: 0.01, metrics: ['latency', 'speedup'] })
    expect(cases[0]).toMatchObject({
      ...CASE,
      configSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      traceSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(Object.keys(cases[0].results)).toEqual(['ep', 'ep:prefetch=1'])
  })

  test('agrees with itself, exit 0', async () => {
    expect(await check(recorded)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('4 of 4 values as recorded\n'),
    })
  })

  test.each([
    [1.02, 1],
    [0.98, 1],
    [1.005, 0],
    [0.995, 0],
  ])('whose recorded speedup is %d times what comes out now exits with %i', async (factor, exitCode) => {
    expect(await check(shifted(factor))).toMatchObject({ exitCode })
  })

  test('that lacks a value, or has one of a scheduler that does not run any more, exits with 1', async () => {
    const lacking = shifted(1)
    delete lacking.cases[0]!.results.ep!.latency
    expect(await check(lacking)).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(/tiny +ep +latency .* new\n/),
    })
    const surplus = shifted(1)
    surplus.cases[0]!.results.hydra = { latency: 1 }
    expect(await check(surplus)).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(/tiny +hydra +latency .* gone\n/),
    })
  })

  test('is not rewritten by a comparison', async () => {
    const file = JSON.stringify(shifted(1.5))
    expect((await check(file)).text).toBe(file)
  })
})

describe('the output', () => {
  test('names what changed, from what to what, as GitHub annotations', async () => {
    const { stdout } = await check(shifted(2), '--format', 'github')
    expect(stdout).toMatch(
      /^::error file=c\.json,title=tiny%3A ep%3Aprefetch=1::speedup [\d.]+ ratio -> [\d.]+ ratio \(-50 %25, tolerance 1 %25\)\n::notice title=moesim check::3 of 4 values as recorded, 1 not\n$/,
    )
  })

  test('is a failure of one test as JUnit', async () => {
    const { stdout } = await check(shifted(2), '--format', 'junit')
    expect(stdout).toContain('<testsuite name="tiny" tests="4" failures="1">')
    expect(stdout).toMatch(
      /<testcase classname="tiny.ep:prefetch=1" name="speedup">\s+<failure message="speedup [^"]+\(-50 %, tolerance 1 %\)"\/>/,
    )
  })

  test('has every value as JSON', async () => {
    const { stdout } = await check(shifted(2), '--format', 'json')
    const { cases } = JSON.parse(stdout) as { cases: { rows: Record<string, unknown>[] }[] }
    expect(cases[0]!.rows).toHaveLength(4)
    expect(cases[0]!.rows.at(-1)).toMatchObject({
      scheduler: 'ep:prefetch=1',
      verdict: 'changed',
      tolerance: 0.01,
    })
    expect(cases[0]!.rows.at(-1)!.change).toBeCloseTo(-0.5, 10)
  })

  test('is a table in Markdown', async () => {
    expect((await check(recorded, '--format', 'markdown')).stdout).toMatch(/^\| case \| scheduler \|/)
  })
})

describe('limits', () => {
  const limited = (limits: unknown, base: typeof recorded = recorded) => {
    const copy = structuredClone(base)
    Object.assign(copy.cases[0]!, { limits })
    return copy
  }
  const KEPT = { 'ep:prefetch=1': ['speedup >= 1.0', 'latency <= 6 ms'], ep: ['memoryRead < 1 GB'] }
  const BROKEN = { 'ep:prefetch=1': ['speedup >= 1.2', 'latency <= 6 ms'] }

  test('that are kept stand beside what is recorded, in scaled units', async () => {
    const { exitCode, stdout } = await check(limited(KEPT))
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/tiny +ep +latency +5\.89 ms +5\.89 ms +0 +same\n/)
    expect(stdout).toMatch(/tiny +ep:prefetch=1 +speedup +>= 1\.0 +1\.01 +- +kept\n/)
    expect(stdout).toMatch(/tiny +ep:prefetch=1 +latency +<= 6 ms +5\.82 ms +- +kept\n/)
    expect(stdout).toMatch(/tiny +ep +memoryRead +< 1 GB +590 MB +- +kept\n/)
    expect(stdout).toContain('4 of 4 values as recorded; 3 of 3 limits kept\n')
  })

  test('of which one is broken exit with 1, with --update too, which keeps them', async () => {
    const broken = limited(BROKEN)
    const { exitCode, stdout } = await check(broken)
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/tiny +ep:prefetch=1 +speedup +>= 1\.2 +1\.01 +- +broken\n/)
    expect(stdout).toContain('4 of 4 values as recorded; 1 of 2 limits kept, 1 not\n')
    const updated = await check(broken, '--update')
    expect(updated.exitCode).toBe(1)
    expect(JSON.parse(updated.text)).toEqual(broken)
  })

  test('need nothing recorded, and are broken by a metric that is not there', async () => {
    const limits = { ep: ['speedup >= 1', 'llcHits >= 0'] }
    const { exitCode, stdout } = await check({ ...START, cases: [{ ...CASE, limits }] })
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/tiny +ep +llcHits +>= 0 +- +- +broken\n/)
    expect(stdout).toMatch(/\n\n1 of 2 limits kept, 1 not\n$/)
  })

  test('are plain numbers in the forms that programs read', async () => {
    const limits = { ep: ['latency <= 1 ms'] }
    const run = async (format: string) => (await check(limited(limits), '--format', format)).stdout
    expect(JSON.parse(await run('json'))).toMatchObject({
      cases: [
        {
          limits: [
            {
              ...{ scheduler: 'ep', limit: 'latency <= 1 ms', metric: 'latency', unit: 'ps' },
              ...{ now: recorded.cases[0]!.results.ep!.latency, verdict: 'broken' },
            },
          ],
        },
      ],
    })
    expect(await run('github')).toContain(
      '::error file=c.json,title=tiny%3A ep::latency 5885400120 ps, limit latency <= 1 ms\n',
    )
    const junit = await run('junit')
    expect(junit).toContain('<testsuite name="tiny" tests="5" failures="1">')
    expect(junit).toContain('<failure message="latency 5885400120 ps, limit latency &lt;= 1 ms"/>')
  })

  test.each([
    ['an unknown metric', { ep: ['latncy <= 3 ms'] }, /^c\.json:3:9 error: unknown metric .*"latency"\?/],
    ['another unit', { ep: ['latency <= 3 MB'] }, /^c\.json:3:9 error: a limit must be latency <= a time/],
    ['no limit', { ep: ['latency'] }, /^c\.json:3:9 error: a limit must be a metric, one of <= >= < >/],
    [
      'no list',
      { ep: 'latency <= 3 ms' },
      /^c\.json:3:8 error: cases\[0\]\.limits\.ep must be a list of limits/,
    ],
    ['another scheduler', { epp: ['speedup >= 1'] }, /^c\.json:3:3 error: unknown scheduler .*known: ep, /],
  ])('that are wrong are shown with line and caret, exit 2: %s', async (_name, limits, message) => {
    const text = JSON.stringify({ ...START, cases: [{ ...CASE, limits: 0 }] }).replace(
      '"limits":0',
      `"limits":\n\n{ ${JSON.stringify(limits).slice(1)}`,
    )
    const { exitCode, stderr, stdout } = await check(text)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(/\n {5}\| +\^+/)
  })
})

describe('--changed', () => {
  test('shows what is not as it should be and sums up the whole', async () => {
    const base = shifted(2)
    Object.assign(base.cases[0]!, { limits: { ep: ['speedup >= 1', 'speedup > 1'] } })
    const { exitCode, stdout } = await check(base, '--changed')
    expect(exitCode).toBe(1)
    expect(stdout.match(/^tiny .*/gm)).toEqual([
      expect.stringMatching(/ep:prefetch=1 +speedup +2\.02 +1\.01 +-50 +changed$/),
      expect.stringMatching(/ep +speedup +> 1 +1\.00 +- +broken$/),
    ])
    expect(stdout).toContain('\n3 of 4 values as recorded, 1 not; 1 of 2 limits kept, 1 not\n')
    const { cases } = JSON.parse((await check(base, '--changed', '--format', 'json')).stdout)
    expect(cases[0].rows.length + cases[0].limits.length).toBe(2)
  })

  test('shows nothing but the sum where all is', async () => {
    expect(await check(recorded, '--changed')).toMatchObject({
      exitCode: 0,
      stdout: '4 of 4 values as recorded\n',
    })
  })
})

test('values that only more digits tell apart have them all', async () => {
  const near = shifted(1, { tolerance: 0 })
  near.cases[0]!.results.ep!.latency! += 1
  expect((await check(near, '--changed')).stdout).toMatch(/ 5885400121 ps +5885400120 ps .*changed\n/)
})

describe('what must not be compared exits with 2:', () => {
  test('a case without recorded results', async () => {
    const { exitCode, stderr } = await check(START)
    expect(exitCode).toBe(2)
    expect(stderr).toContain('case "tiny" has no results to compare with; record them with --update')
  })

  test('another configuration, unless --changed-input says so', async () => {
    const other = shifted(1)
    other.cases[0]!.configSha256 = '0'.repeat(64)
    const refused = await check(other)
    expect(refused.exitCode).toBe(2)
    expect(refused.stderr).toContain('case "tiny" has another configuration than was recorded')
    expect(await check(other, '--changed-input')).toMatchObject({ exitCode: 0 })
  })

  test.each([
    ['no JSON', '{"cases": [', /c\.json:1:\d+/],
    ['no case', { schemaVersion: 1, cases: [] }, /cases must be a list of at least one case/],
    ['another version', { ...START, schemaVersion: 2 }, /schemaVersion must be 1/],
    ['a tolerance above 1', { ...START, tolerance: 5 }, /tolerance must be a share from 0 to 1/],
    ['an unknown metric', { ...START, metrics: ['speed'] }, /metrics\[0\] must be one of/],
    [
      'a tolerance of an unknown metric',
      { ...START, tolerances: { speed: 0 } },
      /unknown key "speed" in tolerances/,
    ],
    ['an unknown key', { ...START, cases: [{ ...CASE, runs: 1 }] }, /unknown key "runs"/],
    ['two cases of one name', { ...START, cases: [CASE, CASE] }, /a name that no other case has/],
    [
      'an unknown scheduler',
      { ...START, cases: [{ name: 'a', run: { schedulers: ['epp'] } }] },
      /^c\.json, case "a", --scheduler error: unknown scheduler "epp"/,
    ],
    [
      'a number of tokens beyond all use',
      { ...START, cases: [CASE, { name: 'b', run: { tokens: '99999999999999999999' } }] },
      /^c\.json, case "b" error: --tokens must be a whole number from 1 to 1000000/,
    ],
    [
      'a tolerance of __proto__',
      '{"schemaVersion": 1, "tolerances": {"__proto__": 0.1}, "cases": [{"name": "a", "run": {}}]}',
      /unknown key "__proto__" in tolerances/,
    ],
    [
      'a recorded scheduler of that name',
      '{"schemaVersion": 1, "cases": [{"name": "a", "run": {}, "results": {"__proto__": {"latency": 1}}}]}',
      /unknown key "__proto__" in cases\[0\]\.results/,
    ],
    [
      'a missing experiment',
      { ...START, cases: [{ name: 'a', run: { experiment: 'no.yaml' } }] },
      /no such file/,
    ],
    [
      'a prototype key',
      '{"schemaVersion": 1, "cases": [{"name": "a", "run": {}, "__proto__": {"x": 1}}]}',
      /__proto__/,
    ],
  ])('%s', async (_name, file, message) => {
    const { exitCode, stderr, stdout } = await check(file, '--update')
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/\n {4}at /)
  })
})

describe('a file in another folder than the working directory', () => {
  const root = mkdtempSync(join(tmpdir(), 'moesim-check-'))
  const folder = join(root, 'ci')
  mkdirSync(join(folder, 'traces'), { recursive: true })
  const trace = readFileSync('traces/tiny-2x8.csv', 'utf8')
  const put = (name: string, text: string) => writeFileSync(join(folder, name), text)
  put('chat.csv', trace)
  put('traces/other.csv', trace)
  copyFileSync('configs/hardware/fse-dp-2x2.yaml', join(folder, 'package.yaml'))
  copyFileSync('configs/models/mixtral-8x7b.yaml', join(folder, 'mix.yaml'))
  put(
    'own.yaml',
    'hardware: package.yaml\nmodel: mix.yaml\ntrace: chat.csv\nworkload: {tokens: 8}\nlayers: [0]\nschedulers: [ep]\n',
  )
  afterAll(() => rmSync(root, { recursive: true }))
  const file = join(folder, 'c.json')
  const flags = { model: 'mix.yaml', tokens: '8', layers: '0', schedulers: ['ep'] }
  const write = (...runs: readonly unknown[]) => {
    const cases = runs.map((run, i) => ({ name: `case ${i}`, run }))
    put('c.json', JSON.stringify({ schemaVersion: 1, metrics: ['latency'], cases }))
  }
  const run = (...argv: readonly string[]) => runCli(['check', file, '--workers', '0', ...argv])

  test('finds what its cases name beside itself, and bundled names where they are', async () => {
    write(
      { experiment: 'own.yaml' },
      { ...flags, hardware: 'package.yaml', trace: 'chat.csv' },
      { ...flags, trace: './traces/other.csv' },
      { ...flags, trace: 'traces' },
      { ...flags, trace: join(folder, 'chat.csv') },
      { experiment: 'demo', trace: 'qwen3-30b-a3b-demo', tokens: '8', layers: '0', schedulers: ['ep'] },
    )
    expect(await run('--update')).toMatchObject({ exitCode: 0 })
    expect(await run()).toMatchObject({ exitCode: 0 })
    const path = relative(process.cwd(), file)
    expect(await runCli(['check', path, '--workers', '0'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('6 of 6 values as recorded'),
    })
  })

  test('finds a folder of traces without slash or dot beside itself', async () => {
    renameSync(join(folder, 'traces'), join(folder, 'recorded'))
    write({ ...flags, trace: 'recorded' })
    expect(await run('--update')).toMatchObject({ exitCode: 0 })
    renameSync(join(folder, 'recorded'), join(folder, 'traces'))
  })

  test.each([
    ['chta.csv', /ci[/\\]c\.json, case "case 0" error: cannot read: there is no trace .*ci[/\\]chta\.csv/],
    [
      'qwen3-30b-a3b-dmo',
      /ci[/\\]c\.json, case "case 0" error: unknown trace "qwen3-30b-a3b-dmo"; known: .*did you mean "qwen3-30b-a3b-demo"/,
    ],
    // There is such a folder in the working directory, but not beside the file.
    ['configs', /unknown trace "configs"/],
  ])('says where it looked for %s, which is not there', async (name, message) => {
    write({ ...flags, trace: name })
    const { exitCode, stderr } = await run('--update')
    expect(exitCode).toBe(2)
    expect(stderr.replaceAll('\n', ' ')).toMatch(message)
  })

  test('refuses a trace that has changed since, unless --changed-input says so', async () => {
    write({ experiment: 'own.yaml' })
    expect(await run('--update')).toMatchObject({ exitCode: 0 })
    // The same experts, another order of the last token's: neither the config nor the latency moves.
    const lines = trace.trimEnd().split('\n')
    const swapped = lines.at(-1)!.replace(/(\d+) (\d+)$/, '$2 $1')
    put('chat.csv', `${[...lines.slice(0, -1), swapped].join('\n')}\n`)
    const refused = await run()
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' })
    expect(refused.stderr).toContain('case "case 0" has another routing than was recorded')
    expect(await run('--changed-input')).toMatchObject({ exitCode: 0 })
    put('chat.csv', trace)
    expect(await run()).toMatchObject({ exitCode: 0 })
  })
})

test('the recorded speedups of moesim itself cover both papers', async () => {
  const { cases } = JSON.parse(await readFile('.ci/speedups.json', 'utf8')) as {
    cases: { results: Record<string, Record<string, number>> }[]
  }
  const schedulers = new Set(cases.flatMap(({ results }) => Object.keys(results)))
  for (const id of ['ep', 'fse-dp', 'round-robin']) expect(schedulers).toContain(id)
  for (const { results } of cases) {
    for (const metrics of Object.values(results)) expect(metrics.speedup).toBeGreaterThan(0)
  }
})

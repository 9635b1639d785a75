// `moesim check` through the real command line: recording, agreeing, noticing a shift, refusing other input.
import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { nodeIo } from '../../src/cli/node-io.ts'
import type { CliIo } from '../../src/cli/ports.ts'
import { runCli } from '../helpers/run-cli.ts'

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
    const { exitCode, stdout, text } = await check(START, '--update')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/tiny +ep:prefetch=1 +speedup +ratio +- +1\.\d+ +- +1 +new/)
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
      /unknown scheduler "epp"/,
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

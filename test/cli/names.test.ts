// Names and values that a file gives reach no output as they are where they would steer a terminal or a CI system.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { create } from 'xmlbuilder2'
import { runCli } from '../helpers/run-cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'moesim-names-'))
afterAll(() => rmSync(folder, { recursive: true }))

const HOSTILE = '=\u001b[31mRED\u001b]0;t\u0007\n::error::injected\u202e\u009b'
const RAW = /(?!\n)\p{Cc}|[\u2028-\u202e]|^\s*::/mu

const at = (name: string, content: unknown) => {
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify(content))
  return path
}
const hardware = {
  name: HOSTILE,
  topology: { kind: 'ring', dies: 2 },
  link: { bandwidth: '488 GB/s', latency: '0 ns' },
  compute: { model: 'ideal', peak: '1 TFLOP/s' },
  sram: 'unlimited',
  memory: {
    ...{ kind: 'other', bandwidth: '3300 GB/s', latency: '0 ns', efficiency: 1, capacity: 'unlimited' },
    ...{ shared: false },
  },
  activations: 'sram',
}
const model = {
  ...{ name: HOSTILE, layers: 2, hidden: 16, expert_intermediate: 8, experts: 4, top_k: 2 },
  ...{ weight_bytes: 1, activation_bytes: 1 },
}
const workload = { tokens: 2 }
const experiment = at('own.json', { name: HOSTILE, hardware, model, workload, schedulers: ['ep'] })

describe('a hostile name of an experiment, a model and hardware', () => {
  test.each(['table', 'json', 'csv', 'markdown'])('does not get through to --format %s', async (format) => {
    const { exitCode, stdout, stderr } = await runCli(['run', experiment, '--format', format])
    expect(stderr).toBe('')
    expect(exitCode).toBe(0)
    expect(stdout).not.toMatch(RAW)
    if (format !== 'csv') expect(stdout).toContain('␛[31mRED␛]0;t␇␊::error::injected')
  })

  test('names no folder of a sweep that begins with a dash or a dot', async () => {
    const plain = at('dash.json', {
      ...{ name: '-.-rf', hardware: { ...hardware, name: 'h' }, model: { ...model, name: 'm' } },
      ...{ workload, schedulers: ['ep'] },
    })
    const { stdout } = await runCli(['sweep', plain, '--axis', 'workload.tokens=1,2', '--parallel'])
    expect(stdout).toContain('--output-dir rf-sweep ')
  })
})

describe('a hostile case of a check', () => {
  const path = () =>
    at('cases.json', { schemaVersion: 1, cases: [{ name: HOSTILE, run: { experiment: 'own.json' } }] })

  test.each(['table', 'markdown', 'json', 'junit', 'github'])(
    'does not get through to --format %s',
    async (format) => {
      const file = path()
      expect((await runCli(['check', file, '--update', '--quiet'])).stdout).not.toMatch(RAW)
      // Something to annotate: a value that is not the recorded one.
      const recorded = readFileSync(file, 'utf8').replace(/("latency": )(\d+)/, '$19$2')
      writeFileSync(file, recorded)
      const { exitCode, stdout } = await runCli(['check', file, '--format', format])
      expect(exitCode).toBe(1)
      if (format !== 'github') expect(stdout).not.toMatch(RAW)
      else
        for (const line of stdout.trimEnd().split('\n'))
          expect(line).toMatch(/^::(error file=|notice title=)/)
      if (format === 'junit') expect(() => create(stdout)).not.toThrow()
    },
  )

  test('is quoted in a message as one line', async () => {
    const file = at('twice.json', {
      schemaVersion: 1,
      cases: [{ name: HOSTILE, run: { experiment: 'none.json' }, results: 3 }],
    })
    const { exitCode, stderr } = await runCli(['check', file])
    expect(exitCode).toBe(2)
    expect(stderr).not.toMatch(RAW)
  })
})

test.each([
  `name: "x"\n"\u001b[31m": 1\n`,
  `hardware: "a\u001b]0;t\u0007"\n`,
  `model: {experts: "\u009b2J"}\n`,
])('a config with control characters in it is quoted without them: %j', async (text) => {
  const path = join(folder, 'bad.yaml')
  writeFileSync(path, text)
  const { exitCode, stderr } = await runCli(['validate', path])
  expect(exitCode).toBe(2)
  expect(stderr).not.toMatch(RAW)
})

test('a path that begins like an order, or has a line break, is shown as one line', async () => {
  mkdirSync(join(folder, 'x'))
  for (const name of ['::error::x.yaml', 'x/a\n::error::y.yaml', '\u001b[2J.csv']) {
    const { exitCode, stderr } = await runCli(['validate', name])
    expect(exitCode).toBe(2)
    expect(stderr).not.toMatch(RAW)
  }
})

test.each(['table', 'csv', 'markdown'])(
  'a hostile scheduler of a saved result is shown in lines of moesim alone by compare --format %s',
  async (format) => {
    const metrics = { [HOSTILE]: { value: 1, unit: HOSTILE } }
    const result = at('result.json', {
      ...{ schemaVersion: 1, moesim: HOSTILE, baseline: HOSTILE, seeds: [1], experiment: { name: HOSTILE } },
      ...{ configSha256: 'a', traceSha256: 'b' },
      results: [{ id: HOSTILE, scheduler: HOSTILE, boundBy: HOSTILE, metrics }],
    })
    const { exitCode, stdout } = await runCli(['compare', result, result, '--format', format])
    expect(exitCode).toBe(0)
    expect(stdout).not.toMatch(RAW)
    expect(stdout).not.toMatch(/^\\?::/m)
  },
)

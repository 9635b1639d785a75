// list, show, schema, init and validate, through the real command line.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { nodeIo } from '../../src/cli/node/io.ts'
import type { CliIo } from '../../src/cli/ports.ts'
import { presets, schedulers } from '../../src/schedulers/table.ts'
import { type MemoryIo, memoryIo } from '../helpers/memory-io.ts'
import { runCli } from '../helpers/run-cli.ts'

/** Files of the test in memory, what ships with moesim from the disk. */
function overlay(files: Readonly<Record<string, string>>): CliIo & Pick<MemoryIo, 'text'> {
  const memory = memoryIo(files)
  const isBundled = (path: string) => path.startsWith(nodeIo.bundled())
  return {
    ...memory,
    bundled: nodeIo.bundled,
    stat: (path) => (isBundled(path) ? nodeIo : memory).stat(path),
    read: (path) => (isBundled(path) ? nodeIo : memory).read(path),
    list: (path) => (isBundled(path) ? nodeIo : memory).list(path),
  }
}

describe('list', () => {
  test('prints a name and a summary for every topology', async () => {
    const { exitCode, stdout, stderr } = await runCli(['list', 'topologies'])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toMatch(/^name {11}what it is\n-+ {2}-+\nmesh {11}\S.*\ntorus {10}\S/)
  })

  test('shows every scheduler with its options and defaults, and every preset with what it stands for', async () => {
    const { stdout } = await runCli(['list', 'schedulers', '--wide'])
    for (const [name, { options, summary }] of Object.entries(schedulers)) {
      expect(stdout).toMatch(new RegExp(`^${name} `, 'm'))
      expect(stdout).toContain(summary)
      for (const [option, spec] of Object.entries(options))
        expect(stdout).toContain(`  ${option}=${spec.default} `)
    }
    for (const name of Object.keys(presets))
      expect(stdout).toMatch(new RegExp(`^${name} .*\\(\\S+:\\S+\\)$`, 'm'))
  })

  test('gives the same as data with --format json', async () => {
    const { stdout } = await runCli(['list', 'schedulers', '--format', 'json'])
    const entries: { name: string }[] = JSON.parse(stdout)
    expect(entries.map(({ name }) => name)).toEqual([...Object.keys(schedulers), ...Object.keys(presets)])
  })

  test.each([
    ['hardware', 'fse-dp-2x2'],
    ['models', 'qwen3-30b-a3b'],
    ['placements', 'contiguous'],
    ['predictors', 'cross-token'],
    ['traces', 'qwen3-30b-a3b-demo'],
    ['experiments', 'demo'],
  ])('%s has %s among its names, with a summary', async (kind, name) => {
    const { stdout } = await runCli(['list', kind])
    expect(stdout).toMatch(new RegExp(`^${name} +\\S`, 'm'))
  })
})

describe('show', () => {
  test.each(['experiments/demo', 'hardware/dojo-5x5', 'models/mixtral-8x7b'])(
    'prints %s as it is',
    async (config) => {
      const { exitCode, stdout } = await runCli(['show', config.split('/')[1]!])
      expect(exitCode).toBe(0)
      expect(stdout).toBe(readFileSync(nodeIo.bundled('configs', `${config}.yaml`), 'utf8'))
    },
  )

  test('knows what was meant', async () => {
    const { exitCode, stderr } = await runCli(['show', 'dojo5x5'])
    expect(exitCode).toBe(2)
    expect(stderr).toContain('did you mean "dojo-5x5"?')
  })
})

describe('schema', () => {
  test.each(['hardware', 'model', 'experiment'])('%s is one JSON Schema document', async (kind) => {
    const { exitCode, stdout } = await runCli(['schema', kind])
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ type: 'object', properties: {} })
  })

  test('list names the kinds', async () => {
    expect((await runCli(['schema', 'list'])).stdout).toBe('hardware\nmodel\nexperiment\ncheck\nresult\n')
  })
})

describe('init', () => {
  test('writes an experiment that validate finds nothing wrong with', async () => {
    const io = overlay({})
    expect(await runCli(['init'], { io })).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'wrote experiment.yaml\nnext: moesim run experiment.yaml\n',
    })
    expect(await runCli(['validate'], { io })).toEqual({
      exitCode: 0,
      stdout: 'experiment.yaml: 0 errors\n',
      stderr: '',
    })
  })

  test('makes the folder of the file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'moesim-init-'))
    const file = join(folder, 'studies', 'quad.yaml')
    expect((await runCli(['init', file])).exitCode).toBe(0)
    expect(readFileSync(file, 'utf8')).toContain('hardware:')
    rmSync(folder, { recursive: true })
  })

  test('keeps a file that is there, unless it is told to replace it', async () => {
    const io = overlay({ 'mine.yaml': 'precious' })
    expect(await runCli(['init', 'mine.yaml'], { io })).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'mine.yaml error: cannot write: it is there already; add --force to replace it\n1 error\n',
    })
    expect(io.text('mine.yaml')).toBe('precious')
    expect((await runCli(['init', 'mine.yaml', '--force'], { io })).exitCode).toBe(0)
    expect(io.text('mine.yaml')).toContain('hardware:')
  })
})

describe('validate', () => {
  const experiment = 'hardware: fse-dp-2x2\nmodel: qwen3-30b-a3b\nworkload: {tokens: 8}\nschedulers: [ep]\n'

  test('counts the findings of every file, goes on after a bad one and exits 2', async () => {
    const io = overlay({ 'bad.yaml': experiment.replace('tokens: 8', 'tokns: 8'), 'good.yaml': experiment })
    const { exitCode, stdout, stderr } = await runCli(['validate', 'bad.yaml', 'good.yaml'], { io })
    expect(exitCode).toBe(2)
    expect(stdout).toMatch(/^bad\.yaml: [1-9]\d* errors?\ngood\.yaml: 0 errors\n$/)
    expect(stderr).toContain('bad.yaml:3:')
    expect(stderr).toContain('^')
  })

  test('shows on request a config with every default, and nothing else on stdout', async () => {
    const io = overlay({ 'good.yaml': experiment })
    const { stdout, stderr } = await runCli(['validate', 'good.yaml', '--show-defaults'], { io })
    expect(stderr).toBe('good.yaml: 0 errors\n')
    expect(stdout).toContain('\nworkload:\n  tokens: 8\n  iterations: 1\n')
    expect(stdout).toContain('\nbaseline: ep\nseed: 1\nseeds: 1\n')
    expect(stdout).toContain('\n    bandwidth: 288 GB/s\n')
    const whole = overlay({ 'whole.yaml': stdout })
    expect((await runCli(['validate', 'whole.yaml'], { io: whole })).stdout).toBe('whole.yaml: 0 errors\n')
    const two = await runCli(['validate', 'good.yaml', 'demo', '--show-defaults'], { io })
    expect(two.exitCode).toBe(2)
  })

  test('takes what run takes: bundled names, and what changes an experiment', async () => {
    for (const name of ['demo', 'fse-dp-2x2', 'mixtral-8x7b'])
      expect(await runCli(['validate', name])).toEqual({
        exitCode: 0,
        stdout: `${name}: 0 errors\n`,
        stderr: '',
      })
    const changed = ['validate', 'demo', '--hardware', 'dojo-5x5', '--tokens', '32', '--show-defaults']
    const { stdout } = await runCli([...changed, '--set', 'hardware.link.latency=7 ns'])
    expect(stdout).toContain('name: dojo-5x5')
    expect(stdout).toContain('latency: 7 ns')
    expect(stdout).toContain('tokens: 32')
    const bad = await runCli(['validate', 'demo', '--set', 'workload.tokns=3'])
    expect(bad.exitCode).toBe(2)
    expect(bad.stderr).toContain('did you mean "tokens"?')
    const unknown = await runCli(['validate', 'dmo'])
    expect(unknown.stderr).toContain('did you mean "demo"?')
  })

  test('checks a trace against the model that is named', async () => {
    const io = nodeIo
    const trace = nodeIo.bundled('traces', 'qwen3-30b-a3b-demo.csv.gz')
    const fits = await runCli(['validate', trace, '--model', 'qwen3-30b-a3b'], { io })
    expect(fits).toEqual({ exitCode: 0, stdout: `${trace}: 0 errors\n`, stderr: '' })
    const misfit = await runCli(['validate', trace, '--model', 'mixtral-8x7b'], { io })
    expect(misfit.exitCode).toBe(2)
    expect(misfit.stderr).toContain('mixtral-8x7b')
  })

  test('asks for the model of a trace', async () => {
    const { exitCode, stderr } = await runCli(['validate', 'some.csv'])
    expect(exitCode).toBe(2)
    expect(stderr).toBe(
      'some.csv error: a trace is checked against a model; say which one with --model NAME\n1 error\n',
    )
  })
})

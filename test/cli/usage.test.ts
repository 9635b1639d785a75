// Help, version and usage errors: exact text, stream and exit code.
import { expect, test } from 'vitest'
import { CACHE_POLICY_IDS } from '../../src/cache/table.ts'
import { runCli } from '../helpers/run-cli.ts'

const COMMANDS = [
  'run',
  'sweep',
  'compare',
  'compete',
  'check',
  'reproduce',
  'trace',
  'place',
  'fidelity',
  'validate',
  'list',
  'show',
  'explain',
  'init',
  'schema',
  'completion',
]

test('--help goes to stdout, exits 0 and names the commands there are and no others', async () => {
  const { exitCode, stdout, stderr } = await runCli(['--help'])
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  const listed = stdout.slice(stdout.indexOf('Commands:'), stdout.indexOf('Examples:'))
  expect([...listed.matchAll(/^ {2}(\w+)/gm)].map((match) => match[1])).toEqual([...COMMANDS, 'help'])
})

test.each([[], ...COMMANDS.map((command) => [command])])(
  'the help of "%s" has examples and exit codes',
  async (command) => {
    const { exitCode, stdout } = await runCli(command === undefined ? ['--help'] : [command, '--help'])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/\nExamples:\n {2}moesim /)
    expect(stdout).toContain('\nExit codes:\n  0    fine\n')
    expect(stdout).toContain(
      '\n  129  hung up: the terminal is gone\n  130  interrupted\n  143  terminated\n',
    )
  },
)

test('the help of run has the options of the command and no others', async () => {
  const { stdout } = await runCli(['run', '--help'])
  const options = [...stdout.matchAll(/^ {2}(?:-\w, )?--([\w-]+)/gm)].map((match) => match[1])
  expect(options).toEqual([
    ...['hardware', 'model', 'trace', 'from', 'scheduler', 'baseline', 'tokens', 'requests', 'iterations'],
    ...[
      'decode-steps',
      'resample',
      'layers',
      'optimum',
      'seed',
      'seeds',
      'jitter',
      'set',
      'explain-time',
      'format',
      'output',
      'report',
      'charts',
      'timeline',
      'timeline-window',
      'quiet',
      'workers',
      'help',
    ],
    ...['version', 'color', 'no-color', 'wide'],
  ])
})

test('the help of sweep and of its merge have their options and no others', async () => {
  const optionsOf = async (argv: readonly string[]) => {
    const { stdout } = await runCli([...argv, '--help'])
    return [...stdout.matchAll(/^ {2}(?:-\w, )?--([\w-]+)/gm)].map((match) => match[1])
  }
  const written = ['format', 'output', 'pareto', 'top', 'by', 'report', 'charts']
  const common = ['help', 'version', 'color', 'no-color', 'wide']
  expect(await optionsOf(['sweep'])).toEqual([
    ...[
      'axis',
      'set',
      'constraint',
      'output-dir',
      'dry-run',
      'freeze',
      'shard',
      'take-over',
      'slurm',
      'parallel',
      'shards',
    ],
    ...['time', 'mem', 'partition', 'setup', 'throttle', 'log', 'max-array'],
    ...[...written, 'quiet', 'workers', ...common],
  ])
  expect((await optionsOf(['sweep', 'merge'])).slice(0, 8)).toEqual([...written, 'help'])
})

test('the help of trace analyze has the options of the command and no others, examples and exit codes', async () => {
  const { exitCode, stdout } = await runCli(['trace', 'analyze', '--help'])
  expect(exitCode).toBe(0)
  const options = [...stdout.matchAll(/^ {2}(?:-\w, )?--([\w-]+)/gm)].map((match) => match[1])
  expect(options).toEqual([
    ...['from', 'model', 'quiet', 'layers', 'seed', 'format', 'output', 'help'],
    ...['version', 'color', 'no-color', 'wide'],
  ])
  expect(stdout).toMatch(/\nExamples:\n {2}moesim trace analyze /)
  expect(stdout).toContain('\nExit codes:\n  0    fine\n')
})

test('the help of trace cache has the options of the command and no others, policies, examples and exit codes', async () => {
  const { exitCode, stdout } = await runCli(['trace', 'cache', '--help'])
  expect(exitCode).toBe(0)
  const options = [...stdout.matchAll(/^ {2}(?:-\w, )?--([\w-]+)/gm)].map((match) => match[1])
  expect(options).toEqual([
    ...['from', 'model', 'quiet', 'policy', 'slots', 'capacity', 'per-layer', 'half-life', 'profile'],
    ...['format', 'output', 'report', 'charts', 'help', 'version', 'color', 'no-color', 'wide'],
  ])
  const policies = stdout.slice(stdout.indexOf('\nPolicies:\n'), stdout.indexOf('\nAn access'))
  expect([...policies.matchAll(/^ {2}(\w+)/gm)].map((match) => match[1])).toEqual(CACHE_POLICY_IDS)
  expect(stdout).toMatch(/\nExamples:\n {2}moesim trace cache /)
  expect(stdout).toContain('\nExit codes:\n  0    fine\n')
})

test('the help of trace synth has the options of the command and no others, examples and exit codes', async () => {
  const { exitCode, stdout } = await runCli(['trace', 'synth', '--help'])
  expect(exitCode).toBe(0)
  const options = [...stdout.matchAll(/^ {2}(?:-\w, )?--([\w-]+)/gm)].map((match) => match[1])
  expect(options).toEqual([
    ...['to', 'preset', 'like', 'from', 'knobs', 'model', 'layers', 'requests', 'prompt-tokens'],
    ...['answer-tokens', 'length-spread', 'skew', 'topics', 'reuse', 'classes', 'affinity', 'focus'],
    ...['persistence', 'coactivation', 'drift', 'arrivals', 'seed', 'save-knobs', 'quiet', 'help'],
    ...['version', 'color', 'no-color', 'wide'],
  ])
  expect(stdout).toMatch(/\nExamples:\n {2}moesim trace synth /)
  expect(stdout).toContain('\nExit codes:\n  0    fine\n')
})

test('no command at all prints the help to stderr and exits 2', async () => {
  const { exitCode, stdout, stderr } = await runCli([])
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr).toMatch(/^Usage: moesim \[options\] \[command\]\n/)
})

test('--version prints the version alone', async () => {
  expect(await runCli(['--version'])).toEqual({ exitCode: 0, stdout: '1.2.3\n', stderr: '' })
})

test.each([
  [['rnu'], "error: unknown command 'rnu'\n(Did you mean run?)\n"],
  [['sweep'], "error: missing required argument 'experiment'\n"],
  [['sweep', 'merge'], "error: missing required argument 'dir'\n"],
  [['run', '--hardwre', 'x'], "error: unknown option '--hardwre'\n(Did you mean --hardware?)\n"],
  [['run', '--tokens'], "error: option '--tokens <n>' argument missing\n"],
  [['compare'], "error: missing required argument 'results'\n"],
  [['list'], "error: missing required argument 'kind'\n"],
  [
    ['list', 'modls'],
    "error: command-argument value 'modls' is invalid for argument 'kind'. Allowed choices are hardware, models, schedulers, placements, predictors, topologies, traces, experiments.\n",
  ],
  [
    ['list', 'models', '--format', 'csv'],
    "error: option '--format <format>' argument 'csv' is invalid. Allowed choices are table, json.\n",
  ],
  [['schema', 'model', 'extra'], "error: too many arguments for 'schema'. Expected 1 argument but got 2.\n"],
  [['run', 'a.yaml', 'b.yaml'], "error: too many arguments for 'run'. Expected 1 argument but got 2.\n"],
])('%j is a usage error', async (argv, stderr) => {
  expect(await runCli(argv)).toEqual({ exitCode: 2, stdout: '', stderr })
})

test('--no-color works before and after the command', async () => {
  const colourful = { env: { FORCE_COLOR: '1' } }
  const { stdout } = await runCli(['list', 'topologies'], colourful)
  expect(stdout).toContain('\u001b[1m')
  for (const argv of [
    ['--no-color', 'list', 'topologies'],
    ['list', 'topologies', '--no-color'],
  ]) {
    expect((await runCli(argv, colourful)).stdout).not.toContain('\u001b')
  }
})

// How each kind of failure ends: text on stderr and exit code.
import { expect, test } from 'vitest'
import { explainFailure } from '../../src/cli/failure.ts'
import { Interrupted, Session } from '../../src/cli/session.ts'
import { Bug, CheckFailure, finding, UserError } from '../../src/errors.ts'
import { IoError } from '../../src/io.ts'
import { capturedPorts } from '../helpers/run-cli.ts'

function explain(error: unknown, argv: readonly string[] = ['run']) {
  const { ports, written } = capturedPorts()
  const exitCode = explainFailure(error, new Session(ports), argv)
  return { exitCode, ...written }
}

test('a user error shows every finding with its caret, then their number, and no stack', () => {
  const span = { line: 4, column: 9, length: 2, lineText: 'tokens: -3' }
  const { exitCode, stderr, stdout } = explain(
    new UserError([
      finding('bad-value', { where: 'tokens', expected: 'above 0', got: '-3' }, { file: 'a.yaml', span }),
      finding('conflict', { what: 'too many experts' }, { file: 'b.yaml', severity: 'warning' }),
      finding('usage', { what: 'nothing to do' }),
    ]),
  )
  expect(exitCode).toBe(2)
  expect(stdout).toBe('')
  expect(stderr).toBe(
    [
      'a.yaml:4:9 error: tokens must be above 0, got -3',
      '   4 | tokens: -3',
      '     |         ^^',
      'b.yaml warning: too many experts',
      'error: nothing to do',
      '2 errors, 1 warning',
      '',
    ].join('\n'),
  )
})

test('a file that cannot be used is a user error too', () => {
  expect(explain(new IoError('x.yaml', 'permission denied'))).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: 'error: x.yaml: permission denied\n1 error\n',
  })
})

test('a failed check ends with 1', () => {
  expect(explain(new CheckFailure('speedup changed'))).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: 'speedup changed\n',
  })
})

test('Ctrl-C ends with 130', () => {
  expect(explain(new Interrupted({ exitCode: 130, word: 'interrupted' }))).toEqual({
    exitCode: 130,
    stdout: '',
    stderr: 'interrupted\n',
  })
})

test('a bug shows its stack, the version and a command line that can be pasted', () => {
  const { exitCode, stderr } = explain(new Bug('lost a token'), ['run', '--set', "a.b=it's 3 GB/s"])
  expect(exitCode).toBe(3)
  expect(stderr).toContain('this is a bug in moesim')
  expect(stderr).toMatch(/Bug: lost a token\n {4}at /)
  expect(stderr).toContain('\nmoesim 1.2.3\n')
  expect(stderr).toContain(`\ncommand: moesim run --set 'a.b=it'\\''s 3 GB/s'\n`)
})

test('anything else that is thrown counts as a bug', () => {
  expect(explain(new TypeError('x is undefined')).exitCode).toBe(3)
  expect(explain('just text')).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('just text') })
})

// Errors that cross to another thread keep their class, and with it the exit code, the findings and the stack.
import { expect, test } from 'vitest'
import { Bug, finding, UserError } from '../../src/errors.ts'
import { errorOf, failureOf } from '../../src/run/failure.ts'

const crossed = (error: unknown) => errorOf(structuredClone(failureOf(error)))

test('a user error keeps its findings', () => {
  const span = { line: 3, column: 2, length: 1, lineText: 'a: b' }
  const error = new UserError([
    finding('conflict', { what: 'x' }, { file: 'a.yaml', span }),
    finding('usage', { what: 'y' }),
  ])
  const back = crossed(error)
  expect(back).toBeInstanceOf(UserError)
  expect((back as UserError).diagnostics).toEqual(error.diagnostics)
  expect(back.message).toBe(error.message)
})

test('a broken invariant stays a bug, with the stack of where it was found', () => {
  const error = new Bug('work was lost')
  const back = crossed(error)
  expect(back).toBeInstanceOf(Bug)
  expect(back.message).toBe('work was lost')
  expect(back.stack).toBe(error.stack)
})

test.each([
  [new TypeError('undefined is not a function'), 'undefined is not a function'],
  ['thrown text', 'thrown text'],
])('anything else is a bug too: %s', (thrown, message) => {
  const back = crossed(thrown)
  expect(back).toBeInstanceOf(Bug)
  expect(back.message).toBe(message)
})

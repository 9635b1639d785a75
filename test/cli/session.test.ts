// How Ctrl-C reaches what a command runs: through the io that the session hands out.
import { expect, test } from 'vitest'
import { Interrupted, Session } from '../../src/cli/session.ts'
import { type CliSetting, capturedPorts } from '../helpers/run-cli.ts'

function sessionOf(setting: CliSetting = {}) {
  const { ports } = capturedPorts(setting)
  const session = new Session(ports)
  ports.onInterrupt((interruption) => session.interrupt(interruption))
  return session
}

test('Ctrl-C aborts the signal of the io, with what is to be thrown', () => {
  const session = sessionOf()
  const { signal } = session.io.interruption
  expect(signal.aborted).toBe(false)
  session.throwIfInterrupted()
  session.interrupt({ exitCode: 130, word: 'interrupted' })
  expect(signal.reason).toBeInstanceOf(Interrupted)
  expect(() => session.throwIfInterrupted()).toThrow(Interrupted)
})

test('a checkpoint lets events in every 50 ms, and throws once Ctrl-C came in', async () => {
  let nowMs = 0
  const session = sessionOf({ nowMs: () => nowMs, interrupt: true })
  const { checkpoint } = session.io.interruption
  nowMs = 49
  await checkpoint()
  nowMs = 50
  await expect(checkpoint()).rejects.toThrow(Interrupted)
})

test('the io of the session is otherwise the one it was given', () => {
  const session = sessionOf()
  const { interruption: _, ...rest } = session.io
  expect(session.ports.io).toMatchObject(rest)
})

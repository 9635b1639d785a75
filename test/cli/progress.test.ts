// Progress and Ctrl-C: when something is shown, and how often events are let in.
import { expect, test } from 'vitest'
import { Progress } from '../../src/cli/progress.ts'
import { Interrupted, Session } from '../../src/cli/session.ts'
import { type CliSetting, capturedPorts } from '../helpers/run-cli.ts'

/** 100 layers, `stepMs` apart. */
async function simulateLayers(stepMs: number, setting: CliSetting = {}, isQuiet = false): Promise<string> {
  let nowMs = 0
  const { ports, written } = capturedPorts({ ...setting, nowMs: () => nowMs })
  const session = new Session(ports)
  ports.onInterrupt((interruption) => session.interrupt(interruption))
  const progress = await Progress.create(session, isQuiet)
  for (let layer = 1; layer <= 100; layer++) {
    nowMs += stepMs
    await progress.layersDone(layer, 100, 'ep')
  }
  progress.stop()
  return written.stderr
}

test('off a terminal a plain line appears every ten seconds', async () => {
  expect(await simulateLayers(250)).toBe('40 % ep\n80 % ep\n')
})

test('a run of a few seconds off a terminal shows nothing', async () => {
  expect(await simulateLayers(50)).toBe('')
})

test('a run under half a second shows nothing on a terminal either', async () => {
  expect(await simulateLayers(4, { isTTY: true })).toBe('')
})

test('on a terminal a bar is drawn and taken away again', async () => {
  const drawn = await simulateLayers(50, { isTTY: true })
  expect(drawn).toContain('###.')
  expect(drawn).toContain('% ep')
  // The last thing written clears the line.
  expect(drawn.endsWith('\u001b[2K')).toBe(true)
})

test.each([
  ['--quiet', { isTTY: true }, true],
  ['--quiet off a terminal', {}, true],
])('%s shows nothing', async (_name, setting, isQuiet) => {
  expect(await simulateLayers(1000, setting, isQuiet)).toBe('')
})

test('in CI a terminal gets plain lines, not a bar', async () => {
  expect(await simulateLayers(250, { isTTY: true, env: { CI: 'true' } })).toBe('40 % ep\n80 % ep\n')
})

test('events are let in every 50 ms, so that Ctrl-C ends a run between two layers', async () => {
  await expect(simulateLayers(50, { interrupt: true })).rejects.toThrow(Interrupted)
  await expect(simulateLayers(0, { interrupt: true })).resolves.toBe('')
})

test('Ctrl-C ends the reading of a trace', async () => {
  const { ports } = capturedPorts()
  const session = new Session(ports)
  const progress = await Progress.create(session, false)
  progress.traceRead(1, 10)
  session.interrupt({ exitCode: 130, word: 'interrupted' })
  expect(() => progress.traceRead(2, 10)).toThrow(Interrupted)
})

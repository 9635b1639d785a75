// Quantities of a config in base units: times become whole picoseconds here, and nowhere else.
import { expect, test } from 'vitest'
import { readHardware } from '../../src/config/hardware/hardware.ts'
import { openConfig } from '../../src/config/library.ts'
import { viewOf } from '../../src/config/view.ts'
import { runCli } from '../helpers/run-cli.ts'
import { bundledIo } from './bundled-io.ts'

const document = await openConfig(bundledIo(), 'hardware', 'fse-dp-2x2')
const latencyPs = (value: string) => {
  const override = { path: ['link', 'latency'], value, label: '--set', written: value }
  return readHardware(viewOf(document, [override]), 'chip', undefined).link.latencyPs
}

test.each([
  ['3.3333 ns', 3334],
  ['0.1 ps', 1],
  ['0 ns', 0],
  ['4 ns', 4000],
  // 0.57 * 1000 and 1.1 * 1e6 are no whole numbers in binary.
  ['0.57 ns', 570],
  ['1.1 us', 1_100_000],
])('%s is %i ps', (text, ps) => {
  expect(latencyPs(text)).toBe(ps)
})

const parts = ['link.latency', 'memory.latency', 'link.startup.message', 'link.startup.exchange']

test.each(parts)('a run whose %s is no whole number of picoseconds runs', async (key) => {
  const argv = ['run', '--layers', 'sample:1', '--tokens', '4', '--set', `hardware.${key}=3.33333 ns`]
  const { exitCode, stderr } = await runCli([...argv, '--scheduler', 'fse-dp', '--quiet'])
  expect(stderr).toBe('')
  expect(exitCode).toBe(0)
})

test.each(['forecast-prefetch:planning=0.33333', 'fse-dp:decision=0.00001', 'fse-dp:control=3.3333'])(
  '%s is rounded up as well',
  async (scheduler) => {
    const argv = ['run', '--layers', 'sample:1', '--tokens', '4', '--scheduler', scheduler, '--quiet']
    expect((await runCli(argv)).exitCode).toBe(0)
  },
)

// What is said of hardware that is right and odd: memories of a kind that no die has, times that get rounded.
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { hardwareWarnings, roundedTimes } from '../../../src/config/hardware/warnings.ts'
import { openConfig } from '../../../src/config/library.ts'
import { validateConfig } from '../../../src/config/results/check-file.ts'
import { viewOf } from '../../../src/config/view.ts'
import { describe as textOf } from '../../../src/errors.ts'
import { memoryIo } from '../../helpers/memory-io.ts'
import { bundledIo } from '../bundled-io.ts'

const chip = await openConfig(bundledIo(), 'hardware', 'fse-dp-2x2')
const withValues = (values: Readonly<Record<string, unknown>>) =>
  viewOf(
    chip,
    Object.entries(values).map(([path, value]) => ({
      ...{ path: path.split('.'), value, label: `--set ${path}=${value}`, written: String(value) },
    })),
  )
const warnings = (kind: string, bandwidth: string) =>
  hardwareWarnings(withValues({ 'memory.kind': kind, 'memory.bandwidth': bandwidth })).map(textOf)

test.each([
  [
    'DDR3-1600',
    '1 TB/s',
    /1 TB\/s at one die takes 79 channels of DDR3-1600: .* 12.8 GB\/s, and no die has more/,
  ],
  ['ddr5-4800', '1.3 TB/s', /68 channels/],
  ['hbm3-6400', '7 TB/s', /137 channels.*more than 128/],
  ['hbm4-8000', '17 TB/s', /266 channels.*more than 256/],
  ['gddr7', '4 TB/s', /channels of gddr7/],
  ['ddr3', '6 GB/s', /6 GB\/s is less than one channel of ddr3 gives: .* 12.8 GB\/s/],
  ['hbm3', '25.6 GB/s', /less than one channel of hbm3/],
])('%s of %s is warned of', (kind, bandwidth, message) => {
  expect(warnings(kind, bandwidth)).toEqual([expect.stringMatching(message)])
})

test.each([
  ['ddr3-1600', '12.8 GB/s'],
  ['ddr3-1600', '819 GB/s'],
  ['ddr5-4800', '19.2 GB/s'],
  ['hbm3e', '8 TB/s'],
  ['other', '900 TB/s'],
  ['other', '1 MB/s'],
])('%s of %s is not', (kind, bandwidth) => {
  expect(warnings(kind, bandwidth)).toEqual([])
})

test('a memory on timings alone is told that those of a whole channel are slowed down', () => {
  const values = { 'memory.efficiency': undefined, 'memory.bandwidth': '5 GB/s' }
  expect(hardwareWarnings(withValues(values)).map(textOf)).toEqual([
    expect.stringContaining('its timings are those of a whole channel, slowed down'),
  ])
})

test('no bundled hardware is odd', async () => {
  const names = readdirSync('configs/hardware').map((file) => file.replace(/\.yaml$/, ''))
  expect(names.length).toBeGreaterThan(5)
  for (const name of names) {
    const view = viewOf(await openConfig(bundledIo(), 'hardware', name))
    expect([name, ...hardwareWarnings(view), ...roundedTimes(view)]).toEqual([name])
  }
})

test('validate says of every time that is no whole number of picoseconds what it is taken as, where it stands', async () => {
  const yaml = readFileSync('configs/hardware/fse-dp-2x2.yaml', 'utf8').replace(
    'latency: 4.02 ns',
    'latency: 3.3333 ns',
  )
  const { diagnostics, filled } = await validateConfig(memoryIo({ 'hw.yaml': yaml }), 'hw.yaml')
  expect(diagnostics.map(textOf)).toEqual([
    '3.3333 ns is no whole number of picoseconds; it is taken as 3334 ps',
  ])
  const line = yaml.split('\n').findIndex((text) => text.includes('3.3333 ns')) + 1
  expect(diagnostics[0]).toMatchObject({ severity: 'warning', file: 'hw.yaml', span: { line, column: 12 } })
  expect(filled).toContain('  latency: 3.334 ns\n')
})

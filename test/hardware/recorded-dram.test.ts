// Every DRAM part takes for reads of every length what it took when last looked at.
import { expect, test } from 'vitest'
import { Dram } from '../../src/hardware/dram.ts'
import { dramParts } from '../../src/hardware/dram-parts.ts'

/** A few lines more than banks, where the gaps between lines of one bank show, and lengths of every size. */
const BYTES = [1, 100, 160, 288, 2000, 30_000, 400_000]
const short = (value: number) => Number(value.toPrecision(10))

test('reads of each part take what they took (vitest -u records it anew)', async () => {
  const lines = [...dramParts].map(([name, part]) => {
    const one = new Dram(part, 1)
    const few = new Dram(part, 3, 4)
    const numbers = [
      ...[one.latencyPs, one.peakBytesPerPs, few.peakBytesPerPs, one.refreshIntervalPs, one.turnaroundPs],
      ...BYTES.flatMap((bytes) => [
        one.readPs(bytes),
        one.busyPs(bytes),
        few.readPs(bytes),
        few.busyPs(bytes),
      ]),
      ...[0, 1e6, 3e7].map((nowPs) => one.finishPs(nowPs, 2e7) - nowPs),
      ...BYTES.flatMap((bytes) => [one.serialReadPs(bytes), few.efficiency(bytes)]),
    ]
    return `${name}: ${numbers.map(short).join(' ')}\n`
  })
  await expect(lines.join('')).toMatchFileSnapshot('recorded-dram.txt')
})

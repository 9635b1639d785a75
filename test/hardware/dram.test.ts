// DRAM times against the cycle-level references, and each timing mechanism by itself.
import { existsSync, readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Dram } from '../../src/hardware/dram.ts'
import { type DramPart, dramParts } from '../../src/hardware/dram-parts.ts'

const part = (kind: string) => dramParts.get(kind)!
const dram = (kind: string, channels = 1) => new Dram(part(kind), channels)
const KiB = 1024
const MiB = 1024 * KiB

/** A reference run: `count` bursts back to back, or one cold read. */
function modelPs(memory: Dram, pattern: string, bytes: number, count: number): number {
  return pattern === 'random_bursts_pipelined'
    ? memory.finishPs(0, count * memory.busyPs(bytes) + memory.latencyPs)
    : memory.readPs(bytes)
}

const errorPct = (modelled: number, measured: number) => (modelled / measured - 1) * 100

describe('Ramulator 2.1 rows (c5b1c3a, MOP4CLXOR, refresh on)', () => {
  it.each([
    ['ddr4-2400', 1, 459_629.4],
    ['ddr5-4800', 1, 476_611.6],
    ['lpddr5-6400', 1, 710_132.5],
    ['gddr6-14000', 1, 364_670.6],
    ['hbm2-2000', 1, 285_682.0],
    ['hbm3-6400', 1, 184_423.4],
    ['hbm4-8000', 1, 151_546.8],
  ])('%s: 8 MiB in one stream take %i channel %f ns, within 2 %%', (kind, channels, ns) => {
    const error = errorPct(dram(kind, channels).readPs(8 * MiB), ns * 1000)
    expect(Math.abs(error)).toBeLessThan(2)
  })

  it.each([
    ['ddr4-2400', 4, 'single_burst', 4 * KiB, 1, 80.8],
    ['ddr5-4800', 4, 'single_burst', 64 * KiB, 1, 880.7],
    ['gddr6-14000', 4, 'single_burst', 4 * KiB, 1, 83.2],
    ['hbm3-6400', 8, 'single_burst', 4 * KiB, 1, 49.1],
    ['hbm4-8000', 8, 'single_burst', 64 * KiB, 1, 160.8],
    ['ddr5-4800', 4, 'random_bursts_pipelined', 4 * KiB, 1024, 59_979.3],
    ['lpddr5-6400', 4, 'random_bursts_pipelined', 4 * KiB, 1024, 95_985.0],
    ['gddr6-14000', 4, 'random_bursts_pipelined', 4 * KiB, 1024, 59_258.9],
    ['hbm2-2000', 8, 'random_bursts_pipelined', 4 * KiB, 1024, 18_652.0],
    ['hbm3-6400', 8, 'random_bursts_pipelined', 4 * KiB, 1024, 11_550.9],
    ['hbm4-8000', 8, 'random_bursts_pipelined', 4 * KiB, 1024, 12_474.2],
    ['hbm4-8000', 8, 'random_bursts_pipelined', 64 * KiB, 64, 9_755.2],
  ])('%s, %i channels, %s of %i bytes, %i times: %f ns within 8 %%', (...row) => {
    const [kind, channels, pattern, bytes, count, ns] = row
    const modelled = modelPs(dram(kind, channels), pattern, bytes, count)
    expect(Math.abs(errorPct(modelled, ns * 1000))).toBeLessThan(8)
  })

  it('foresees parts that were not fitted: DDR4-3200 streams at 0.948 of its peak', () => {
    expect(dram('ddr4-3200').efficiency(8 * MiB)).toBeCloseTo(0.948, 2)
  })
})

const TABLE = '../shared/reference/ramulator2/dram_bandwidth.csv'
const KIND: Record<string, string> = {
  DDR4_2400R: 'ddr4-2400',
  DDR5_4800AN: 'ddr5-4800',
  LPDDR5_6400: 'lpddr5-6400',
  GDDR6_14000: 'gddr6-14000',
  HBM2_2000: 'hbm2-2000',
  HBM3_6400: 'hbm3-6400',
  HBM4_8000: 'hbm4-8000',
}

describe.skipIf(!existsSync(TABLE))(`the whole of ${TABLE} (skipped without it)`, () => {
  const errors = (wanted: (pattern: string, bytes: number) => boolean) => {
    const rows = parse<Record<string, string>>(readFileSync(TABLE), { columns: true })
    return rows
      .filter((row) => row.mapping === 'MOP4CLXOR' && row.refresh === '1')
      .filter((row) => wanted(row.pattern!, Number(row.burst_bytes)))
      .map((row) => {
        const memory = dram(KIND[row.dram!]!, Number(row.channels))
        const modelled = modelPs(memory, row.pattern!, Number(row.burst_bytes), Number(row.n_bursts))
        return Math.abs(errorPct(modelled, Number(row.time_ns) * 1000))
      })
  }
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const isBurst = (pattern: string) => /^(single_burst|random_bursts_pipelined)$/.test(pattern)

  it('streams within 2 % on average and 5 % at worst', () => {
    const all = errors((p, bytes) => p === 'sequential_8MB' || (isBurst(p) && bytes >= 64 * KiB))
    expect(all).toHaveLength(112)
    expect(mean(all)).toBeLessThan(2)
    expect(Math.max(...all)).toBeLessThan(5)
  })

  it('reads bursts of 4 to 64 KiB within 6 % on average and 15 % at worst', () => {
    const all = errors((p, bytes) => isBurst(p) && bytes >= 4 * KiB && bytes <= 64 * KiB)
    expect(all).toHaveLength(84)
    expect(mean(all)).toBeLessThan(6)
    expect(Math.max(...all)).toBeLessThan(15)
  })
})

describe('each mechanism', () => {
  const changed = (kind: string, change: Partial<DramPart>, channels = 1, outstanding?: number) =>
    new Dram({ ...part(kind), ...change }, channels, outstanding)

  it('waits for activate, read and data at first access: 16 + 16 + 4 + 1 clocks in DDR4-2400', () => {
    expect(dram('ddr4').latencyPs).toBe(37 * 833)
    expect(dram('ddr4').readPs(64)).toBe(37 * 833)
    expect(dram('ddr4').readPs(128)).toBe(41 * 833)
  })

  it('has the peak of its data pins, times the channels', () => {
    const peaks = { ddr4: 19.2, ddr5: 19.2, lpddr5: 12.8, gddr6: 28, hbm2: 32, hbm3: 51.2, hbm4: 64 }
    for (const [kind, bytesPerNs] of Object.entries(peaks)) {
      // Clocks are whole ps, so peaks are a little off their names.
      expect(dram(kind, 8).peakBytesPerPs * 125).toBeCloseTo(bytesPerNs, 0)
    }
  })

  it('spreads a read over channels line by line', () => {
    expect(dram('hbm3', 8).readPs(64 * KiB)).toBe(dram('hbm3').readPs(8 * KiB))
    expect(dram('hbm3', 8).busyPs(64 * KiB)).toBe(dram('hbm3').busyPs(8 * KiB))
    // Fewer lines than channels leave channels idle; the slowest channel still reads a whole line.
    expect(dram('hbm3', 8).readPs(32)).toBe(dram('hbm3').readPs(32))
  })

  it('streams at the share of time that refresh leaves', () => {
    const always = changed('ddr5', { nREFI: Number.POSITIVE_INFINITY })
    expect(always.efficiency(8 * MiB)).toBeGreaterThan(0.99)
    expect(dram('ddr5').efficiency(8 * MiB)).toBeCloseTo(always.efficiency(8 * MiB) * (1 - 796 / 9375), 3)
  })

  it('opens rows no faster than four per activation window', () => {
    const narrow = changed('gddr6', { nFAW: 84 })
    // 4 KiB of 4 channels: 32 lines on 8 banks, whose activates take 8 / 4 windows.
    expect(narrow.busyPs(KiB)).toBeGreaterThanOrEqual(2 * 84 * 570)
    expect(narrow.readPs(KiB)).toBeGreaterThan(dram('gddr6').readPs(KiB))
  })

  it('hides row changes only behind the lines its queue sees', () => {
    const short = changed('hbm3', { queueLines: 16 })
    expect(short.busyPs(4 * KiB)).toBeGreaterThan(1.5 * dram('hbm3').busyPs(4 * KiB))
    const rows = changed('gddr6', { rowBytes: 2048 })
    expect(rows.efficiency(8 * MiB)).toBeGreaterThan(dram('gddr6').efficiency(8 * MiB) + 0.05)
  })

  it('shares one round trip among the reads in flight', () => {
    const pingPong = changed('ddr4', { nREFI: Number.POSITIVE_INFINITY }, 1, 1)
    expect(pingPong.readPs(64 * 1001) - pingPong.readPs(64)).toBe(1000 * 21 * 833)
    // Ramulator: 64 lines in flight keep 8 channels of HBM3 at 0.28 of the peak, 1 channel at 0.90.
    expect(changed('hbm3', {}, 1, 128).readPs(MiB)).toBe(dram('hbm3').readPs(MiB))
    expect(changed('hbm3', {}, 8, 64).readPs(MiB)).toBeGreaterThan(2.5 * dram('hbm3', 8).readPs(MiB))
  })

  it('activates banks no closer than nRRD, even if the window allows it', () => {
    expect(changed('gddr6', { nFAW: 1 }).readPs(KiB)).toBe(dram('gddr6').readPs(KiB))
    expect(changed('gddr6', { nFAW: 1, nRRD: 1 }).readPs(KiB)).toBeLessThan(dram('gddr6').readPs(KiB))
  })

  it('shares command pins between reads and activates, unless reads have their own', () => {
    expect(changed('lpddr5', { nRD: 0 }).busyPs(KiB)).toBeLessThan(0.95 * dram('lpddr5').busyPs(KiB))
  })

  it('precharges a row for a read that waits for the one before: 44 ns per line in DDR4-2400', () => {
    expect(dram('ddr4').serialReadPs(64) / 1000).toBeGreaterThan((27_260 * 0.833) / 512)
    expect(errorPct(dram('ddr4').serialReadPs(64) / 1000, (27_260 * 0.833) / 512)).toBeLessThan(6)
    // On many banks a refresh has closed the row that the next read needs.
    const many = dram('ddr4', 64)
    expect(many.serialReadPs(64)).toBeLessThan(dram('ddr4').serialReadPs(64))
  })

  it('loses to a refresh what Ramulator loses: its 8 MiB streams with and without, per refresh', () => {
    const lost = { ddr4: 394.3, ddr5: 330.9, hbm2: 314.9, hbm3: 421.8, hbm4: 507.9 }
    for (const [kind, ns] of Object.entries(lost)) {
      expect(Math.abs(errorPct(dram(kind).refreshStallPs / 1000, ns))).toBeLessThan(3)
    }
  })

  it('turns from reading to writing and back in nCL + 2 + nWTR clocks', () => {
    expect(dram('hbm2').turnaroundPs).toBe(22_000)
  })
})

describe('refresh in time', () => {
  const memory = dram('hbm3', 8)
  const { refreshIntervalPs: interval, refreshStallPs: stall } = memory
  const useful = interval - stall

  it('spares a read between two refreshes and hits the one across', () => {
    expect(memory.finishPs(0, interval)).toBe(interval)
    expect(memory.finishPs(0, interval + 1)).toBe(interval + stall + 1)
    expect(memory.finishPs(interval + stall, useful)).toBe(2 * interval)
    expect(memory.finishPs(interval + stall, useful + 1)).toBe(2 * interval + stall + 1)
  })

  it('makes a read that starts inside a refresh wait for its end', () => {
    expect(memory.finishPs(5 * interval + 1000, 77)).toBe(5 * interval + stall + 77)
  })

  it('takes the same time for a stream and for its pieces one after another', () => {
    const pieces = fc.array(fc.nat(3 * interval), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(fc.nat(5 * interval), pieces, (startPs, busy) => {
        const whole = memory.finishPs(
          startPs,
          busy.reduce((sum, piece) => sum + piece, 0),
        )
        expect(busy.reduce((nowPs, piece) => memory.finishPs(nowPs, piece), startPs)).toBe(whole)
      }),
    )
  })
})

describe('every part', () => {
  const kinds = fc.constantFrom(...dramParts.keys())
  const channels = fc.constantFrom(1, 2, 3, 8, 16, 32)
  const bytes = fc.integer({ min: 1, max: 16 * MiB })

  it('is never faster than its peak and never slower for fewer bytes', () => {
    fc.assert(
      fc.property(kinds, channels, bytes, bytes, (kind, count, a, b) => {
        const memory = dram(kind, count)
        const [less, more] = [Math.min(a, b), Math.max(a, b)]
        expect(memory.readPs(less)).toBeGreaterThanOrEqual(less / memory.peakBytesPerPs)
        expect(memory.busyPs(less)).toBeGreaterThanOrEqual(less / memory.peakBytesPerPs)
        expect(memory.readPs(less)).toBeLessThanOrEqual(memory.readPs(more))
        expect(memory.efficiency(more)).toBeLessThan(1)
        expect(memory.busyPs(less)).toBeLessThanOrEqual(memory.busyPs(more))
        expect(memory.serialReadPs(less)).toBeGreaterThan(memory.latencyPs)
      }),
    )
  })

  it('needs no time for nothing', () => {
    for (const kind of dramParts.keys()) expect(dram(kind).readPs(0) + dram(kind).busyPs(0)).toBe(0)
  })

  it('has a name per grade and one per family', () => {
    expect(part('hbm3')).toBe(part('hbm3-6400'))
    expect(dramParts.get('hbm5')).toBeUndefined()
  })
})

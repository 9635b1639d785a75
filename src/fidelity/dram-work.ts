// What a memory is asked to read, and how the rows of the DRAM tables name parts and patterns.
import { dramParts } from '../hardware/dram-parts.ts'
import type { ReferenceRow } from './reference-rows.ts'

export type DramPattern =
  /** One cold read. */
  | { readonly kind: 'one' }
  /** Bursts back to back at unrelated addresses. */
  | { readonly kind: 'pipelined' }
  /** Each burst waits for the one before. */
  | { readonly kind: 'serialized' }
  /** One stream with at most so many reads in flight. */
  | { readonly kind: 'window'; readonly reads: number }

export interface DramWork {
  /** A name of dram-parts.ts. */
  readonly part: string
  readonly channels: number
  readonly pattern: DramPattern
  readonly burstBytes: number
  readonly bursts: number
  readonly hasRefresh: boolean
}

/** `DDR4_2400R` is ddr4-2400, `DDR4_8Gb_x8_3200` is ddr4-3200, `HBM2_8Gb_x128` is hbm2; undefined: no such part here. */
export function partOf(dram: string): string | undefined {
  const family = /^[a-z]+\d+/i.exec(dram)?.[0].toLowerCase() ?? ''
  const rate = /_(\d{4,5})[a-z]*$/i.exec(dram)?.[1]
  const name = rate === undefined ? family : `${family}-${rate}`
  return dramParts.has(name) ? name : undefined
}

/** Throws RowProblem. */
export function patternOf(row: ReferenceRow): DramPattern {
  const text = row.text('pattern')
  const window = /^sequential_\w+_window([1-9]\d*)$/.exec(text)?.[1]
  if (window !== undefined) return { kind: 'window', reads: Number(window) }
  if (text === 'single_burst' || /^sequential_\d+MB$/.test(text)) return { kind: 'one' }
  if (text === 'random_bursts_pipelined') return { kind: 'pipelined' }
  if (text === 'random_bursts_serialized' || text === 'random_1_outstanding') return { kind: 'serialized' }
  return row.refuse('pattern', 'a pattern that is known here, such as single_burst')
}

const KiB = 1024

/** `64 KiB`, `8 MiB`. */
export function sizeName(bytes: number): string {
  if (bytes % (KiB * KiB) === 0) return `${bytes / (KiB * KiB)} MiB`
  return bytes % KiB === 0 ? `${bytes / KiB} KiB` : `${bytes} B`
}

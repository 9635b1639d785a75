// Rows of Ramulator's and DRAMsim3's dram_bandwidth.csv, each sent to the table it belongs to.
import { dramParts } from '../hardware/dram-parts.ts'
import { type DramWork, partOf, patternOf, sizeName } from './dram-work.ts'
import type { ReferenceRow } from './reference-rows.ts'
import type { Replay } from './replay.ts'
import type { TableName } from './tables.ts'

const SHARED_COLUMNS = ['dram', 'channels', 'pattern', 'burst_bytes', 'n_bursts']
export const RAMULATOR_COLUMNS = [...SHARED_COLUMNS, 'mapping', 'refresh', 'time_ns']
export const DRAMSIM_COLUMNS = [...SHARED_COLUMNS, 'mapping_kind', 'cycles']

const KiB = 1024
/** From here on a read counts as a stream; up to here, and from 4 KiB on, as a burst. */
const STREAM_BYTES = 64 * KiB
const BURST_BYTES = 4 * KiB

/** Undefined where we have no such part. Throws RowProblem. */
export function ramulatorReplay(row: ReferenceRow): Replay | undefined {
  const mapping = row.oneOf('mapping', ['MOP4CLXOR', 'RoBaRaCoCh'])
  const hasRefresh = row.oneOf('refresh', ['0', '1']) === '1'
  const found = dramWork(row, hasRefresh)
  const reference = row.positive('time_ns')
  if (found === undefined) return undefined
  const { work, label } = found
  const isPlain = mapping === 'MOP4CLXOR' && hasRefresh
  const kinds = isPlain ? kindsOf(work, row.text('pattern')) : []
  const timed: TableName[] = isPlain
    ? kinds.map((kind) => `DRAM ${kind}` as const)
    : [mapping === 'MOP4CLXOR' ? 'DRAM without refresh' : 'DRAM mapping RoBaRaCoCh (not modelled)']
  const charged: TableName[] = kinds
    .filter((kind) => kind === 'streaming' || kind === 'bursts')
    .map((kind) => `DRAM ${kind}, as runs charge it` as const)
  const name = `${label}${mapping === 'MOP4CLXOR' ? '' : `, ${mapping}`}`
  return {
    expected: [...timed, ...charged].map((table) => ({ table, row: name, reference })),
    values: (models) => {
      const timedNs = models.dramPs(work) / 1000
      const chargedNs = charged.length === 0 ? 0 : models.chargedDramPs(work) / 1000
      return [...timed.map(() => timedNs), ...charged.map(() => chargedNs)]
    },
  }
}

/** Compared in clocks, since its parts round theirs differently. Undefined where we have no such part. Throws RowProblem. */
export function dramsimReplay(row: ReferenceRow): Replay | undefined {
  const mapping = row.oneOf('mapping_kind', ['default', 'rocorababgch'])
  const found = dramWork(row, true)
  const reference = row.positive('cycles')
  if (found === undefined) return undefined
  const { work, label } = found
  const tables: TableName[] =
    mapping === 'default'
      ? ['DRAMsim3 default mapping (not modelled)']
      : kindsOf(work, row.text('pattern')).map((kind) => `DRAMsim3 ${kind}` as const)
  const { clockPs } = dramParts.get(work.part)!
  return {
    expected: tables.map((table) => ({ table, row: label, reference })),
    values: (models) => {
      const clocks = models.dramPs(work) / clockPs
      return tables.map(() => clocks)
    },
  }
}

function dramWork(row: ReferenceRow, hasRefresh: boolean): { work: DramWork; label: string } | undefined {
  const channels = row.whole('channels', 1, 1024)
  const pattern = patternOf(row)
  const burstBytes = row.whole('burst_bytes', 1)
  const bursts = row.whole('n_bursts', 1)
  const part = partOf(row.text('dram'))
  if (part === undefined) return undefined
  const times = bursts === 1 ? '' : `${bursts} x `
  const refresh = hasRefresh ? '' : ', no refresh'
  return {
    work: { part, channels, pattern, burstBytes, bursts, hasRefresh },
    label: `${row.text('dram')} x ${channels}, ${row.text('pattern')}, ${times}${sizeName(burstBytes)}${refresh}`,
  }
}

type Kind = 'streaming' | 'bursts' | 'bursts < 4 KiB' | 'reads one after another' | 'window of N reads'

/** A burst of exactly 64 KiB is both a stream and a burst; long reads that wait for one another are streams too. */
function kindsOf({ pattern, burstBytes }: DramWork, patternName: string): readonly Kind[] {
  const isStream = patternName.startsWith('sequential') || burstBytes >= STREAM_BYTES
  if (pattern.kind === 'window') return ['window of N reads']
  if (pattern.kind === 'serialized') {
    return [...(isStream ? (['streaming'] as const) : []), 'reads one after another']
  }
  if (burstBytes < BURST_BYTES) return ['bursts < 4 KiB']
  const isBurst = !patternName.startsWith('sequential') && burstBytes <= STREAM_BYTES
  return [...(isStream ? (['streaming'] as const) : []), ...(isBurst ? (['bursts'] as const) : [])]
}

// The results of FSE-DP's reference simulator that ship with moesim, and which of our schedulers each belongs to.

import { collect, readCsv } from '../../../fidelity/reference-csv.ts'
import type { Io } from '../../../io.ts'
import { FSE_DP, PAIRED } from '../common.ts'
import { FRAME_PS } from './frames.ts'

export interface ReferenceSchedule {
  /** Column of the file. */
  readonly column: string
  readonly name: string
  /** Our scheduler of the same idea. */
  readonly ours: string
}

/** Its EP reads each expert through the channel of the die that computes it (NEAREST). */
export const EP = 'ep:channels=own'
export const EP_FAIR = 'ep:channels=own,prefetch=1'

export const EP_SCHEDULES: readonly ReferenceSchedule[] = [
  { column: 'ep', name: 'EP', ours: EP },
  { column: 'ep_3_slots', name: 'EP 3 slots', ours: EP_FAIR },
]

/** Stores experts one after the other, so that with few active ones some channels hold nothing (B3). */
export const SEQUENTIAL: ReferenceSchedule = { column: 'fse_dp', name: 'FSE-DP', ours: FSE_DP }

export const FSE_SCHEDULES: readonly ReferenceSchedule[] = [
  SEQUENTIAL,
  { column: 'fse_dp_even_unpaired', name: 'EVEN unpaired', ours: FSE_DP },
  { column: 'fse_dp_paired', name: 'FSE-DP-paired', ours: PAIRED },
]

/** One batch of tokens, and how long the reference simulator takes for it. */
export interface ReferenceCase {
  readonly model: string
  readonly tokens: number
  /** File of the trace in its folder. */
  readonly traceFile: string
  /** Of the routing that was measured: another trace has other latencies. */
  readonly routingSha256: string
  /** By column. */
  readonly latencyPs: ReadonlyMap<string, number>
}

const SCHEDULES = [...EP_SCHEDULES, ...FSE_SCHEDULES]
const COLUMNS = ['model', 'tokens', 'trace', ...SCHEDULES.map(({ column }) => column), 'routing_sha256']

/** Throws UserError where the file is malformed. */
export async function readReferenceCases(io: Io): Promise<ReferenceCase[]> {
  const rows = await readCsv(io, io.bundled('configs', 'reference', 'fse-dp', 'results.csv'), COLUMNS)
  return collect(rows, (row) => ({
    model: row.text('model'),
    tokens: row.whole('tokens', 1),
    traceFile: row.text('trace'),
    routingSha256: row.text('routing_sha256'),
    latencyPs: new Map(SCHEDULES.map(({ column }) => [column, row.whole(column, 1) * FRAME_PS])),
  }))
}

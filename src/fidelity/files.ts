// The reference files by path inside a reference folder, and how each is read.
import { finding } from '../errors.ts'
import { readDispatchMatrices } from './dispatch-matrices.ts'
import { DRAMSIM_COLUMNS, dramsimReplay, RAMULATOR_COLUMNS, ramulatorReplay } from './dram-rows.ts'
import { GEMM_CLOSED_FORM_COLUMNS, GEMM_COLUMNS, gemmClosedFormReplay, gemmReplay } from './gemm-rows.ts'
import {
  ALLTOALL_COLUMNS,
  alltoallReplay,
  MOE_DISPATCH_COLUMNS,
  moeDispatchReplay,
} from './network-exchanges.ts'
import { SHARED_LINK_COLUMNS, STREAM_COLUMNS, sharedLinkReplay, streamReplay } from './network-flows.ts'
import {
  INCAST_COLUMNS,
  incastReplay,
  RING_SHIFT_COLUMNS,
  ringShiftReplay,
  SCATTER_COLUMNS,
  scatterReplay,
} from './network-groups.ts'
import { MIXED_COLUMNS, mixedReplays } from './network-mixes.ts'
import { collect, readCsv } from './reference-csv.ts'
import type { ReferenceFile } from './reference-file.ts'
import type { ReferenceRow } from './reference-rows.ts'
import type { Replay } from './replay.ts'
import { exchangeFiles } from './silicon/exchange-rows.ts'
import { kernelFile } from './silicon/kernel-rows.ts'
import { systemFile } from './silicon/system-rows.ts'
import type { Area } from './tables.ts'

const MIXED = 'booksim2/mixed_messages.csv'
const MATRICES = 'booksim2/moe_dispatch_matrices.jsonl'

export const REFERENCE_FILES: readonly ReferenceFile[] = [
  csv('network', 'booksim2/stream.csv', STREAM_COLUMNS, streamReplay),
  csv('network', 'booksim2/shared_link.csv', SHARED_LINK_COLUMNS, sharedLinkReplay),
  csv('network', 'booksim2/scatter.csv', SCATTER_COLUMNS, scatterReplay),
  csv('network', 'booksim2/incast.csv', INCAST_COLUMNS, incastReplay),
  csv('network', 'booksim2/ring_shift.csv', RING_SHIFT_COLUMNS, ringShiftReplay),
  csv('network', 'booksim2/alltoall.csv', ALLTOALL_COLUMNS, alltoallReplay),
  {
    area: 'network',
    path: 'booksim2/moe_dispatch.csv',
    companion: MATRICES,
    async read(io, { at }) {
      const matrices = await readDispatchMatrices(io, at(MATRICES))
      const rows = await readCsv(io, at('booksim2/moe_dispatch.csv'), MOE_DISPATCH_COLUMNS)
      return { replays: collect(rows, (row) => moeDispatchReplay(row, matrices)), warnings: [] }
    },
  },
  {
    area: 'network',
    path: MIXED,
    async read(io, { at }) {
      return { replays: mixedReplays(await readCsv(io, at(MIXED), MIXED_COLUMNS)), warnings: [] }
    },
  },
  csv('memory', 'ramulator2/dram_bandwidth.csv', RAMULATOR_COLUMNS, ramulatorReplay),
  csv('memory', 'dramsim3/dram_bandwidth.csv', DRAMSIM_COLUMNS, dramsimReplay),
  csv('compute', 'scalesim/gemm_cycles.csv', GEMM_COLUMNS, gemmReplay),
  csv('compute', 'scalesim/gemm_cycles_closed_form.csv', GEMM_CLOSED_FORM_COLUMNS, gemmClosedFormReplay),
  kernelFile,
  ...exchangeFiles,
  systemFile,
]

/** Rows without a replay are of memories that we have no timings of: left out, with a warning for each memory. */
function csv(
  area: Area,
  path: string,
  columns: readonly string[],
  replayOf: (row: ReferenceRow) => Replay | undefined,
): ReferenceFile {
  return {
    area,
    path,
    async read(io, { at }) {
      const rows = await readCsv(io, at(path), columns)
      const read = collect(rows, (row) => ({ row, replay: replayOf(row) }))
      const unknown = new Map<string, ReferenceRow>()
      for (const { row, replay } of read) {
        const name = row.text('dram')
        if (replay === undefined && !unknown.has(name)) unknown.set(name, row)
      }
      return {
        replays: read.flatMap(({ replay }) => (replay === undefined ? [] : [replay])),
        warnings: [...unknown].map(([name, row]) =>
          finding(
            'conflict',
            {
              what: `no timings of ${name}: its rows are left out`,
              hint: 'nothing is said about this memory',
            },
            { file: row.file, span: row.span('dram'), severity: 'warning' },
          ),
        ),
      }
    },
  }
}

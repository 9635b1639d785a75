// Rows of systems.csv in which llama.cpp decodes on one machine, each run end to end.
import { type Diagnostic, finding } from '../../errors.ts'
import type { HardwareSpec } from '../../hardware/spec.ts'
import type { Io } from '../../io.ts'
import { collect, readCsv } from '../reference-csv.ts'
import type { ReferenceFile } from '../reference-file.ts'
import type { ReferenceRow } from '../reference-rows.ts'
import { Machines } from './machines.ts'
import { type SystemCase, systemTokensPerS } from './system-case.ts'
import { systemModels } from './system-models.ts'

export const SYSTEMS_FILE = 'silicon/systems.csv'
export const SYSTEM_COLUMNS = ['id', 'system', 'hardware', 'model', 'setting', 'metric', 'value', 'unit']

/** Token counts of a context and of a benchmark. */
const MOST = 1e7
const MOST_STREAMS = 4096

/** `tg128 @ d32768`: 128 tokens of one stream behind so many. `PP 512, batch 4`: four streams behind 512 tokens each. */
const ONE_STREAM = /^tg(\d{1,7})(?: @ d(\d{1,7}))?$/
const STREAMS = /^PP (\d{1,7}), batch (\d{1,4})$/
/** Of each stream in a row of several: what the benchmark's report says. */
const BATCH_TOKENS = 32

export interface SystemRow {
  readonly given: SystemCase
  readonly hardware: HardwareSpec
  readonly measuredTokensPerS: number
  readonly label: string
  /** A constant of this hardware was fitted on it. */
  readonly isFitted: boolean
}

export const systemFile: ReferenceFile = {
  area: 'silicon',
  path: SYSTEMS_FILE,
  /** The runs are made here, since they take their time: a fault in one is told with those of the files. */
  async read(io, { at, hardwareFiles }) {
    const machines = await Machines.open(io, at, hardwareFiles)
    const rows = await readCsv(io, at(SYSTEMS_FILE), SYSTEM_COLUMNS)
    const { known, warnings } = await readSystemRows(io, rows, machines, at)
    const replays = []
    for (const { given, measuredTokensPerS, label, isFitted } of known) {
      const ours = await systemTokensPerS(io, given)
      const table = isFitted ? ('machines, rows fitted on' as const) : ('machines' as const)
      const expected = [{ table, row: label, reference: measuredTokensPerS }]
      replays.push({ expected, values: () => [ours] })
    }
    return { replays, warnings }
  },
}

/** Those that llama.cpp decodes; of unknown machines, models and settings there is a warning each. Throws UserError. */
export async function readSystemRows(
  io: Io,
  rows: readonly ReferenceRow[],
  machines: Machines,
  at: (path: string) => string,
): Promise<{ readonly known: readonly SystemRow[]; readonly warnings: readonly Diagnostic[] }> {
  const models = await systemModels(io, at)
  const decodes = rows.filter((row) => /^llama\.cpp( batched-bench)?$/.test(row.text('system')))
  const read = collect(decodes, (row) => ({ row, streams: streamsOf(row), rate: row.positive('value') }))
  const warnings = new Map<string, Diagnostic>()
  const leaveOut = (row: ReferenceRow, column: string, hint: string) => {
    const text = row.text(column)
    const what = `${column} "${text}" is not known: its rows are left out`
    warnings.set(
      `${column} ${text}`,
      finding('conflict', { what, hint }, { file: row.file, span: row.span(column), severity: 'warning' }),
    )
  }
  const known: SystemRow[] = []
  for (const { row, streams, rate } of read) {
    const machine = await machines.findFile(row.text('hardware'), 'kernel')
    const model = models.find(row.text('model'))
    if (machine === undefined)
      leaveOut(row, 'hardware', 'give a file with --hardware, or list it in machines.csv')
    else if (model === undefined)
      leaveOut(row, 'model', 'list its file in models.csv of the reference folder')
    else if (streams === undefined)
      leaveOut(row, 'setting', 'such as tg128, tg32 @ d4096, or PP 512, batch 4')
    else {
      const { spec: hardware, file } = machine
      const isFitted = streams.isBatch && isFittedHere(hardware)
      const label = `${hardware.name}, ${row.text('model')}, ${row.text('setting')}`
      const { isBatch: _, ...load } = streams
      const given = { hardware: file, model, ...load }
      known.push({ given, hardware, measuredTokensPerS: rate, label, isFitted })
    }
  }
  return { known, warnings: [...warnings.values()] }
}

/** A start-up fitted on rows of several streams: one stream cannot tell it from a lower bandwidth. */
function isFittedHere({ constants = [] }: HardwareSpec): boolean {
  return constants.some(
    ({ name, on }) => name === 'compute.startup' && on?.startsWith('systems.csv') === true,
  )
}

/** Of one stream, half of what it decodes is context on average. */
function streamsOf(
  row: ReferenceRow,
): { readonly streams: number; readonly contextTokens: number; readonly isBatch: boolean } | undefined {
  const setting = row.text('setting')
  const one = ONE_STREAM.exec(setting)
  if (one !== null) {
    const contextTokens = Number(one[2] ?? 0) + Math.ceil(Number(one[1]) / 2)
    return contextTokens > MOST ? undefined : { streams: 1, contextTokens, isBatch: false }
  }
  const batch = STREAMS.exec(setting)
  if (batch === null) return undefined
  const streams = Number(batch[2])
  if (streams < 1 || streams > MOST_STREAMS) return undefined
  return { streams, contextTokens: Number(batch[1]) + BATCH_TOKENS / 2, isBatch: true }
}

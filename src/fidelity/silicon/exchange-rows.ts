// Rows of measured dispatches and combines, each sent to its table.
import type { Diagnostic } from '../../errors.ts'
import { grouped } from '../../grouped.ts'
import type { HardwareSpec } from '../../hardware/spec.ts'
import { collect, readCsv } from '../reference-csv.ts'
import type { ReferenceFile } from '../reference-file.ts'
import type { ReferenceRow } from '../reference-rows.ts'
import type { Replay } from '../replay.ts'
import type { TableName } from '../tables.ts'
import { type ExchangeCase, nodeDies, type Operation } from './exchange-case.ts'
import { fittedTokens, hasFitted } from './halves.ts'
import { Machines, unknownMachine } from './machines.ts'

const MOST = 1e6
/** One 4-byte scale for each 128 elements of FP8. */
const FP8_BYTES = 1 + 4 / 128
const BFLOAT16_BYTES = 2

const SHAPE_COLUMNS = ['gpu', 'hidden', 'top_k', 'experts', 'ep']

/** A measured time with the machine that it was measured on. */
export interface ExchangeRow {
  readonly given: ExchangeCase
  readonly hardware: HardwareSpec
  readonly measuredUs: number
  readonly label: string
  /** Constants of this hardware were fitted on it. */
  readonly isFitted: boolean
}

/** What one file's rows are. */
interface ExchangeSource {
  readonly path: string
  readonly columns: readonly string[]
  /** What a row measured, and what names it beside its shape. Throws RowProblem. */
  measured(row: ReferenceRow): readonly Measured[]
  /** Constants were fitted on half of these rows. */
  readonly isFittedOn: boolean
  tableOf(row: ExchangeRow): TableName
}

interface Measured {
  readonly given: Omit<ExchangeCase, keyof Shape>
  readonly us: number
  readonly label: string
}

type Shape = Pick<ExchangeCase, 'gpu' | 'dies' | 'experts' | 'topK' | 'hidden'>

const bothOperations = (
  row: ReferenceRow,
  rule: ExchangeCase['rule'],
  label: string,
): readonly Measured[] => {
  const tokensPerDie = row.whole('tokens_per_rank', 1, MOST)
  return (['dispatch', 'combine'] as const).map((operation) => ({
    given: { rule, operation, tokensPerDie, elementBytes: FP8_BYTES },
    us: row.positive(`${operation}_us`),
    label,
  }))
}

const TIMES = ['tokens_per_rank', 'dispatch_us', 'combine_us']

export const EXCHANGE_SOURCES: readonly ExchangeSource[] = [
  {
    path: 'silicon/deepep_low_latency.csv',
    columns: [...SHAPE_COLUMNS, ...TIMES],
    measured: (row) => bothOperations(row, 'expert', ''),
    isFittedOn: true,
    tableOf: ({ given, hardware }) =>
      given.dies > nodeDies(hardware) ? 'nodes' : 'dispatch and combine, one node',
  },
  {
    path: 'silicon/deepep_normal.csv',
    columns: [...SHAPE_COLUMNS, 'sms', ...TIMES],
    measured: (row) => bothOperations(row, 'node', `, ${row.whole('sms', 1, 1024)} SMs`),
    isFittedOn: false,
    tableOf: () => 'dispatch and combine, normal kernels',
  },
  {
    path: 'silicon/nvl72_alltoall.csv',
    columns: [...SHAPE_COLUMNS, 'precision', 'tokens', 'operation', 'latency_us'],
    measured: allToAll,
    isFittedOn: true,
    tableOf: () => 'NVL72',
  },
]

/** The preparation, which knows of counts alone, is no exchange of tokens: left out. */
function allToAll(row: ReferenceRow): readonly Measured[] {
  const precision = row.oneOf('precision', ['bfloat16', 'fp8'])
  const name = row.oneOf('operation', ['alltoall_prepare', 'alltoall_dispatch', 'alltoall_combine'])
  const tokensPerDie = row.whole('tokens', 1, MOST)
  const us = row.positive('latency_us')
  if (name === 'alltoall_prepare') return []
  const operation: Operation = name === 'alltoall_dispatch' ? 'dispatch' : 'combine'
  const elementBytes = precision === 'fp8' ? FP8_BYTES : BFLOAT16_BYTES
  return [{ given: { rule: 'die', operation, tokensPerDie, elementBytes }, us, label: `, ${precision}` }]
}

export const exchangeFiles: readonly ReferenceFile[] = EXCHANGE_SOURCES.map((source) => ({
  area: 'silicon',
  path: source.path,
  async read(io, { at, hardwareFiles }) {
    const machines = await Machines.open(io, at, hardwareFiles)
    const { rows, warnings } = await readExchangeRows(
      source,
      await readCsv(io, at(source.path), source.columns),
      machines,
    )
    return { replays: rows.map((row) => replayOf(row, source)), warnings }
  },
}))

/** Rows whose GPU is unknown are left out, with a warning for each GPU. Throws UserError. */
export async function readExchangeRows(
  source: ExchangeSource,
  rows: readonly ReferenceRow[],
  machines: Machines,
): Promise<{ readonly rows: readonly ExchangeRow[]; readonly warnings: readonly Diagnostic[] }> {
  const read = collect(rows, (row) => {
    const shape = shapeOf(row)
    return source
      .measured(row)
      .map(({ given, us, label }) => ({ row, given: { ...shape, ...given }, us, label }))
  }).flat()
  const unknown = new Map<string, Diagnostic>()
  const known: ExchangeRow[] = []
  for (const { row, given, us, label } of read) {
    const hardware = await machines.find(given.gpu, 'exchange')
    if (hardware !== undefined) known.push({ given, hardware, measuredUs: us, label, isFitted: false })
    else if (!unknown.has(given.gpu)) unknown.set(given.gpu, unknownMachine(row))
  }
  return { rows: withHalves(known, source), warnings: [...unknown.values()] }
}

/** Within a node and across nodes, token counts differ: each has halves of its own. */
function withHalves(rows: readonly ExchangeRow[], source: ExchangeSource): ExchangeRow[] {
  if (!source.isFittedOn) return [...rows]
  const byTable = grouped(rows, (row) => source.tableOf(row))
  return [...byTable.values()].flatMap((own) => {
    const fitted = fittedTokens(own.map(({ given }) => given.tokensPerDie))
    return own.map((row) => ({
      ...row,
      isFitted: fitted.has(row.given.tokensPerDie) && hasFitted(row.hardware, 'link'),
    }))
  })
}

function shapeOf(row: ReferenceRow): Shape {
  const experts = row.whole('experts', 1, MOST)
  return {
    gpu: row.text('gpu'),
    dies: row.whole('ep', 2, MOST),
    experts,
    topK: row.whole('top_k', 1, experts),
    hidden: row.whole('hidden', 1, MOST),
  }
}

function replayOf(row: ExchangeRow, source: ExchangeSource): Replay {
  const { given, hardware, measuredUs, label, isFitted } = row
  const table = isFitted ? 'dispatch and combine, rows fitted on' : source.tableOf(row)
  const shape = `${given.hidden} ${given.topK}/${given.experts}`
  const name = `${given.gpu}, ${given.operation} on ${given.dies} ranks, ${shape}, ${given.tokensPerDie} tokens${label}`
  return {
    expected: [{ table, row: name, reference: measuredUs }],
    values: (models) => [models.exchangeUs(hardware, given)],
  }
}

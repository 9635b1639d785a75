// BookSim2 rows of whole layers, a message each: mixed_messages.csv, short messages beside long ones.

import { type Message, type NetworkWork, networkOf } from './network-work.ts'
import { collect } from './reference-csv.ts'
import type { ReferenceRow } from './reference-rows.ts'
import type { Replay } from './replay.ts'
import { MIXED_BYTES, type TableName } from './tables.ts'

export const MIXED_COLUMNS = [
  'case',
  'mesh',
  'flit_bytes',
  'cycle_ps',
  'submit_ps',
  'from',
  'to',
  'bytes',
  'booksim_arrival_ps',
]

interface MixedMessage extends Message {
  readonly startCycle: number
  readonly bytes: number
  /** From the start to the arrival of the last flit, in BookSim2. */
  readonly referenceCycles: number
}

interface Case {
  readonly first: ReferenceRow
  readonly messages: MixedMessage[]
}

/** The rows of a case, wherever they stand, are one replay. Throws UserError. */
export function mixedReplays(rows: readonly ReferenceRow[]): Replay[] {
  const cases = new Map<string, Case>()
  collect(rows, (row) => {
    const name = row.text('case')
    const { first, messages } = cases.get(name) ?? { first: row, messages: [] }
    cases.set(name, { first, messages })
    messages.push(messageOf(row, first))
  })
  return [...cases].map(([name, ofCase]) => caseReplay(name, ofCase))
}

/** What is compared is the sum of latencies, of the short messages and of the long ones. */
function caseReplay(name: string, { first, messages }: Case): Replay {
  const { mesh, preset, packetFlits, label } = networkOf(first)
  const longest = messages.reduce((most, { bytes }) => Math.max(most, bytes), 0)
  const table: TableName = longest >= MIXED_BYTES.weights ? 'tokens beside weights' : 'tokens alone'
  const sizes = [
    { what: 'up to 64 KiB', places: placesOf(messages, (bytes) => bytes <= MIXED_BYTES.short) },
    { what: 'longer', places: placesOf(messages, (bytes) => bytes > MIXED_BYTES.short) },
  ].filter(({ places }) => places.length > 0)
  const work: NetworkWork = { mesh, preset, packetFlits, order: 'interleaved', messages }
  return {
    expected: sizes.map(({ what, places }) => ({
      table,
      row: `${label}, ${name}, ${places.length} messages ${what}`,
      reference: sumOver(places, (place) => messages[place]!.referenceCycles),
    })),
    values: (models) => {
      const finish = models.finishCycles(work)
      return sizes.map(({ places }) =>
        sumOver(places, (place) => finish[place]! - messages[place]!.startCycle),
      )
    },
  }
}

function messageOf(row: ReferenceRow, first: ReferenceRow): MixedMessage {
  for (const column of ['mesh', 'preset', 'packet_flits', 'flit_bytes', 'cycle_ps']) {
    if (row.text(column) !== first.text(column)) {
      row.refuse(column, `${first.text(column)}, as in the first row of case ${row.text('case')}`)
    }
  }
  const { nodes } = networkOf(row)
  const cyclePs = row.whole('cycle_ps', 1)
  const bytes = row.whole('bytes', 1)
  const startCycle = Math.ceil(row.whole('submit_ps') / cyclePs)
  const referenceCycles = row.whole('booksim_arrival_ps', 1) / cyclePs - startCycle
  if (referenceCycles <= 0) row.refuse('booksim_arrival_ps', 'a time after submit_ps')
  return {
    from: row.whole('from', 0, nodes - 1),
    to: row.whole('to', 0, nodes - 1),
    flits: Math.ceil(bytes / row.whole('flit_bytes', 1)),
    bytes,
    startCycle,
    referenceCycles,
  }
}

const placesOf = (messages: readonly MixedMessage[], isMeant: (bytes: number) => boolean) =>
  messages.flatMap(({ bytes }, place) => (isMeant(bytes) ? [place] : []))

const sumOver = (places: readonly number[], of: (place: number) => number) =>
  places.reduce((sum, place) => sum + of(place), 0)

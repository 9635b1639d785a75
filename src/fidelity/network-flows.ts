// BookSim2 rows of single flows: one alone (stream.csv), and several over one link (shared_link.csv).
import { last, type Message, type NetworkWork, networkOf } from './network-work.ts'
import type { ReferenceRow } from './reference-rows.ts'
import type { Replay } from './replay.ts'
import { LIMITED_PRESETS } from './tables.ts'

export const STREAM_COLUMNS = ['mesh', 'preset', 'src', 'dst', 'packet_flits', 'total_flits', 'cycles']

/** One flow and nothing else in the network. Throws RowProblem, as the other readers do. */
export function streamReplay(row: ReferenceRow): Replay {
  const { mesh, nodes, presetName, preset, packetFlits, label } = networkOf(row)
  const from = row.whole('src', 0, nodes - 1)
  const to = row.whole('dst', 0, nodes - 1)
  const flits = row.whole('total_flits', 1)
  const work: NetworkWork = { mesh, preset, packetFlits, order: 'queued', messages: [{ from, to, flits }] }
  return {
    expected: [
      {
        table: LIMITED_PRESETS.includes(presetName) ? 'stream' : 'stream, other presets',
        row: `${label}, ${from} to ${to}, ${flits} flits in packets of ${packetFlits}`,
        reference: row.positive('cycles'),
      },
    ],
    values: (models) => [last(models.finishCycles(work))],
  }
}

export const SHARED_LINK_COLUMNS = [
  'mesh',
  'preset',
  'flows',
  'flits_per_flow',
  'packet_flits',
  'kind',
  'cycles_all',
  'flow_finish',
]

/** Flow i starts i hops before the middle link of row 0, crosses it and leaves for row i of the next column. */
export function sharedLinkReplay(row: ReferenceRow): Replay {
  const { mesh, preset, packetFlits, label } = networkOf(row)
  const before = Math.floor(mesh.columns / 2) - 1
  const flows = row.whole('flows', 1, Math.max(1, Math.min(before + 1, mesh.rows)))
  if (before < 0) row.refuse('mesh', 'at least two columns wide')
  const flitsOf = flowSizes(row)
  const messages = Array.from({ length: flows }, (_, i): Message => {
    return { from: before - i, to: i * mesh.columns + before + 1, flits: flitsOf(i) }
  })
  const name = `${label}, ${flows} flows of ${row.text('flits_per_flow')} flits`
  const total = { table: 'shared_link', row: name, reference: row.positive('cycles_all') } as const
  const finishes = row.numbers('flow_finish', flows).map((reference, i) => ({
    table: 'shared_link, finish of each flow' as const,
    row: `${name}, flow ${i}`,
    reference,
  }))
  const work: NetworkWork = { mesh, preset, packetFlits, order: 'queued', messages }
  return {
    expected: [total, ...finishes],
    values: (models) => {
      const finish = models.finishCycles(work)
      return [last(finish), ...finish]
    },
  }
}

/** A number, or `512*(i+1)` where flow i has as much more as it is farther away. */
function flowSizes(row: ReferenceRow): (flow: number) => number {
  if (row.oneOf('kind', ['equal', 'unequal']) === 'equal') {
    const flits = row.whole('flits_per_flow', 1)
    return () => flits
  }
  const step = /^([1-9]\d{0,8})\*\(i\+1\)$/.exec(row.text('flits_per_flow'))?.[1]
  if (step === undefined) return row.refuse('flits_per_flow', 'such as 512*(i+1) in an unequal row')
  return (flow) => Number(step) * (flow + 1)
}

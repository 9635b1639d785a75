// BookSim2 rows of one-to-many patterns: incast.csv, scatter.csv and ring_shift.csv.
import { last, type Mesh, type Message, type NetworkWork, networkOf, nodesOf } from './network-work.ts'
import type { ReferenceRow } from './reference-rows.ts'
import type { Replay } from './replay.ts'
import { LIMITED_FLITS, LIMITED_PRESETS } from './tables.ts'

export const INCAST_COLUMNS = [
  'mesh',
  'preset',
  'dst',
  'sender_ids',
  'flits_per_sender',
  'packet_flits',
  'cycles_all',
  'first_flow_done',
]

/** Several senders to one node. Throws RowProblem, as the other readers do. */
export function incastReplay(row: ReferenceRow): Replay {
  const network = networkOf(row)
  const to = row.whole('dst', 0, network.nodes - 1)
  const senders = nodesOf(row, 'sender_ids', network.nodes)
  const flits = row.whole('flits_per_sender', 1)
  const name = `${network.label}, ${senders.length} senders to ${to}, ${flits} flits each`
  const first = row.positive('first_flow_done')
  const work = workOf(
    network,
    senders.map((from) => ({ from, to, flits })),
  )
  return {
    expected: [
      {
        table: groupTable('incast', network.presetName, flits),
        row: name,
        reference: row.positive('cycles_all'),
      },
      { table: 'incast, first flow done', row: name, reference: first },
    ],
    values: (models) => {
      const finish = models.finishCycles(work)
      return [last(finish), Math.min(...finish)]
    },
  }
}

export const SCATTER_COLUMNS = [
  'mesh',
  'preset',
  'sources',
  'source_ids',
  'flits_per_dest',
  'packet_flits',
  'cycles_all',
]

/** Every other node receives from the source nearest to it; a source sends to its nodes in the order of their ids. */
export function scatterReplay(row: ReferenceRow): Replay {
  const network = networkOf(row)
  const sources = nodesOf(row, 'source_ids', network.nodes)
  const flits = row.whole('flits_per_dest', 1)
  const messages: Message[] = []
  for (let to = 0; to < network.nodes; to++) {
    if (!sources.includes(to)) messages.push({ from: nearest(network.mesh, to, sources), to, flits })
  }
  if (messages.length === 0) row.refuse('source_ids', 'fewer than all nodes')
  const work = workOf(network, messages)
  return {
    expected: [
      {
        table: groupTable('scatter', network.presetName, flits),
        row: `${network.label}, ${row.text('sources')}, ${flits} flits per node`,
        reference: row.positive('cycles_all'),
      },
    ],
    values: (models) => [last(models.finishCycles(work))],
  }
}

export const RING_SHIFT_COLUMNS = [
  'mesh',
  'preset',
  'pattern',
  'pairs',
  'flits_per_pair',
  'packet_flits',
  'cycles_all',
]

/** All nodes send at once, each to one other. */
export function ringShiftReplay(row: ReferenceRow): Replay {
  const network = networkOf(row)
  const flits = row.whole('flits_per_pair', 1)
  const pattern = row.text('pattern')
  const work = workOf(
    network,
    pairsOf(row, network.nodes).map(([from, to]) => ({ from, to, flits })),
  )
  const table = groupTable('ring_shift', network.presetName, flits)
  const isHalf = pattern === 'linear_shift_half' && table === 'ring_shift'
  return {
    expected: [
      {
        table: isHalf ? 'ring_shift linear_shift_half' : table,
        row: `${network.label}, ${pattern}, ${flits} flits per pair`,
        reference: row.positive('cycles_all'),
      },
    ],
    values: (models) => [last(models.finishCycles(work))],
  }
}

function groupTable<N extends 'incast' | 'scatter' | 'ring_shift'>(name: N, preset: string, flits: number) {
  if (!LIMITED_PRESETS.includes(preset)) return `${name}, other presets` as const
  return flits >= LIMITED_FLITS.group ? name : (`${name} < 512 flits` as const)
}

function workOf(network: ReturnType<typeof networkOf>, messages: readonly Message[]): NetworkWork {
  const { mesh, preset, packetFlits } = network
  return { mesh, preset, packetFlits, order: 'queued', messages }
}

/** The first of equally near ones. */
function nearest({ columns }: Mesh, node: number, sources: readonly number[]): number {
  const hops = (other: number) =>
    Math.abs((node % columns) - (other % columns)) +
    Math.abs(Math.floor(node / columns) - Math.floor(other / columns))
  return sources.reduce((best, source) => (hops(source) < hops(best) ? source : best))
}

/** `0>1 1>0`. */
function pairsOf(row: ReferenceRow, nodes: number): (readonly [number, number])[] {
  return row
    .text('pairs')
    .trim()
    .split(/\s+/)
    .map((pair) => {
      const [from, to] = /^(\d+)>(\d+)$/.exec(pair)?.slice(1).map(Number) ?? []
      return from !== undefined && to !== undefined && from < nodes && to < nodes
        ? ([from, to] as const)
        : row.refuse('pairs', `pairs such as 0>1 of node ids below ${nodes}, separated by blanks`)
    })
}

// BookSim2 rows in which every node sends to many: alltoall.csv and moe_dispatch.csv.
import { randomStream } from '../engine/random.ts'
import type { DispatchMatrices } from './dispatch-matrices.ts'
import { last, type Message, type NetworkWork, networkOf } from './network-work.ts'
import type { ReferenceRow } from './reference-rows.ts'
import type { Expectation, Replay } from './replay.ts'
import { LIMITED_FLITS, LIMITED_PRESETS, type TableName } from './tables.ts'

export const ALLTOALL_COLUMNS = ['mesh', 'preset', 'order', 'flits_per_pair', 'packet_flits', 'cycles']
const MEAN_PAIR_COLUMN = 'mean_pair_finish'

/** Every ordered pair exchanges the same. Throws RowProblem, as the other reader does. */
export function alltoallReplay(row: ReferenceRow): Replay {
  const network = networkOf(row)
  const { mesh, nodes, preset, packetFlits } = network
  if (nodes < 2) row.refuse('mesh', 'at least two nodes')
  const order = row.oneOf('order', ['shift', 'interleaved', 'naive', 'random'])
  const flits = row.whole('flits_per_pair', 1)
  const name = `${network.label}, ${order}, ${flits} flits per pair`
  const tables: Record<typeof order, TableName> = {
    shift: 'alltoall',
    interleaved: 'alltoall',
    naive: 'alltoall, order naive',
    random: 'alltoall, order random (drawn anew)',
  }
  const expected: Expectation[] = [
    {
      table: !LIMITED_PRESETS.includes(network.presetName)
        ? 'alltoall, other presets'
        : tables[order] === 'alltoall' && flits < LIMITED_FLITS.pair
          ? 'alltoall < 64 flits'
          : tables[order],
      row: name,
      reference: row.positive('cycles'),
    },
  ]
  const hasMean = order !== 'random' && row.has(MEAN_PAIR_COLUMN)
  if (hasMean) {
    const reference = row.positive(MEAN_PAIR_COLUMN)
    expected.push({ table: 'alltoall, mean finish of a pair', row: name, reference })
  }
  return {
    expected,
    values: (models) => {
      const messages = messagesOf(nodes, order, () => flits)
      const work: NetworkWork = { mesh, preset, packetFlits, order: injectionOf(order), messages }
      const finish = models.finishCycles(work)
      const mean = finish.reduce((sum, cycle) => sum + cycle, 0) / finish.length
      return hasMean ? [last(finish), mean] : [last(finish)]
    },
  }
}

export const MOE_DISPATCH_COLUMNS = [
  'order',
  'case',
  'mesh',
  'preset',
  'phase',
  'token_flits',
  'packet_flits',
  'total_flits',
  'cycles',
]

/** One message of so many flits per token and chiplet; the tokens are those of the row's case. */
export function moeDispatchReplay(row: ReferenceRow, matrices: DispatchMatrices): Replay {
  const { mesh, nodes, presetName, preset, packetFlits, label } = networkOf(row)
  const order = row.oneOf('order', ['shift_blocked', 'interleaved'])
  const totalFlits = row.whole('total_flits', 1)
  const tokenFlits = row.whole('token_flits', 1)
  const matrix = matrices.get(row.whole('case'))
  if (matrix === undefined) row.refuse('case', 'a case of the file of matrices')
  if (matrix.length !== nodes) row.refuse('mesh', `${matrix.length} nodes, as the matrix of the case`)
  const cycles = row.positive('cycles')
  const messages = messagesOf(nodes, order, (from, to) => matrix[from]![to]! * tokenFlits)
  const flits = messages.reduce((sum, message) => sum + message.flits, 0)
  if (flits !== totalFlits) row.refuse('total_flits', `${flits}, as the matrix of the case`)
  const work: NetworkWork = { mesh, preset, packetFlits, order: injectionOf(order), messages }
  return {
    expected: [
      {
        table: !LIMITED_PRESETS.includes(presetName)
          ? 'moe_dispatch, other presets'
          : totalFlits >= LIMITED_FLITS.dispatch
            ? 'moe_dispatch'
            : 'moe_dispatch < 5000 flits',
        row: `${label}, case ${row.text('case')} ${row.text('phase')}, ${order}, ${totalFlits} flits`,
        reference: cycles,
      },
    ],
    values: (models) => [last(models.finishCycles(work))],
  }
}

type Order = 'shift' | 'shift_blocked' | 'interleaved' | 'naive' | 'random'

function injectionOf(order: Order): NetworkWork['order'] {
  return order === 'interleaved' ? 'interleaved' : 'queued'
}

/** Destinations from the next node on and around; `naive`: 0, 1, 2 for everyone; `random`: an order of our own. */
function messagesOf(
  nodes: number,
  order: Order,
  flitsOf: (from: number, to: number) => number,
): readonly Message[] {
  const random = randomStream(1, 'fidelity all-to-all order')
  const messages: Message[] = []
  for (let from = 0; from < nodes; from++) {
    const others = Array.from({ length: nodes - 1 }, (_, i) => (from + 1 + i) % nodes)
    if (order === 'naive') others.sort((a, b) => a - b)
    if (order === 'random') shuffle(others, random)
    for (const to of others) {
      const flits = flitsOf(from, to)
      if (flits > 0) messages.push({ from, to, flits })
    }
  }
  return messages
}

function shuffle(items: number[], random: () => number): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const item = items[i]!
    items[i] = items[j]!
    items[j] = item
  }
}

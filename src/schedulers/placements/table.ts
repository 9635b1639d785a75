// Placements: which dies hold each expert. One plain table of names.
//
// All but the first two are made from statistics of the routing and cannot be there before these are: until then experts
// lie contiguously. A placement is made once in a run. The weights that have to move for it are counted, but cost no time.
import type { Compat } from '../../hardware/package.ts'
import type { Topology } from '../../hardware/topology.ts'
import type { IterationOutline } from '../knowledge.ts'
import { balance } from './balance.ts'
import { rooflineCost } from './cost.ts'
import { dealByLoad, packByLoad } from './deal.ts'
import { duplicate } from './duplicate.ts'
import { contiguous, roundRobin } from './homes.ts'
import type { Rearrangement, RearrangeSetting } from './layout.ts'
import {
  earlierStatistics,
  lacksEarlier,
  lacksPrefill,
  oracleStatistics,
  prefillStatistics,
} from './statistics.ts'

export interface Placement {
  readonly summary: string
  /** Where it is described: a paper and what part of it, or that it is moesim's own. */
  readonly source: string
  /** Home die of each of `experts` experts when the run starts. */
  readonly place: (experts: number, topology: Topology, compat?: Compat) => Int32Array
  /** The layout that takes its place; undefined where the run offers no statistics to make it of. */
  readonly rearrange?: (setting: RearrangeSetting) => Rearrangement | undefined
  /** Why a run has no statistics to make it of, as it is laid out; undefined: it has. */
  readonly lacksStatistics?: (
    iterations: readonly IterationOutline[],
    leavesRequests: boolean,
  ) => string | undefined
  /** Whether it makes copies of experts, so many slots per die as it is given. */
  readonly takesCopies?: boolean
}

const table = {
  contiguous: {
    summary:
      'experts 0..n-1 on the first die, the next ones on the second ..., in blocks as equal as can be; under compat: paper left-over experts are dealt one by one',
    source: 'forecasting paper (arXiv 2510.05497): the initial placement of all schemes',
    place: contiguous,
  },
  'round-robin': {
    summary: 'expert e on die e mod dies',
    source: 'moesim',
    place: roundRobin,
  },
  balanced: {
    summary:
      'like EPLB: copies for the hottest experts, then all copies packed evenly by tokens; counted over the requests of the routing that the run leaves out, or else over its first iteration',
    source: 'EPLB, the expert load balancer of DeepSeek-V3, restated',
    place: contiguous,
    takesCopies: true,
    lacksStatistics: lacksEarlier,
    rearrange: ({ context, knowledge, copies }) => {
      const statistics = earlierStatistics(knowledge)
      return (
        statistics && {
          fromIteration: statistics.fromIteration,
          layout: balance(statistics.expectedTokens, copies, context.topology),
        }
      )
    },
  },
  'prefill-remap': {
    summary:
      'contiguous in prefill; then experts from the costliest on, each to the least loaded die, by what the prefill chose',
    source: 'forecasting paper (arXiv 2510.05497): case study 2, remap',
    place: contiguous,
    lacksStatistics: lacksPrefill,
    rearrange: ({ context, knowledge }) => remapped(context, prefillStatistics(knowledge)),
  },
  'prefill-dup': {
    summary:
      'contiguous in prefill; then also copies where they lower the load of the busiest die, by what the prefill chose',
    source: 'forecasting paper (arXiv 2510.05497): case study 2, dup',
    place: contiguous,
    takesCopies: true,
    lacksStatistics: lacksPrefill,
    rearrange: ({ context, knowledge, home, copies }) => {
      const statistics = prefillStatistics(knowledge)
      return (
        statistics && {
          fromIteration: statistics.fromIteration,
          layout: duplicate(statistics.expectedTokens, home, rooflineCost(context), copies, context.topology),
        }
      )
    },
  },
  'oracle-best': {
    summary:
      'prefill-remap that knows what decode will choose (a run without decode steps: the whole run); a layer that would end later so stays contiguous',
    source: 'forecasting paper (arXiv 2510.05497): case study 2, best case',
    place: contiguous,
    rearrange: ({ context, knowledge }) => remapped(context, oracleStatistics(knowledge)),
  },
  'oracle-worst': {
    summary: 'with the same knowledge the hottest experts together on the first die, and so on',
    source: 'forecasting paper (arXiv 2510.05497): case study 2, worst case',
    place: contiguous,
    rearrange: ({ context, knowledge }) => {
      const { fromIteration, expectedTokens } = oracleStatistics(knowledge)
      return { fromIteration, layout: packByLoad(expectedTokens, context.topology) }
    },
  },
} satisfies Readonly<Record<string, Placement>>

export const placements: Readonly<Record<keyof typeof table, Placement>> = table

function remapped(
  context: RearrangeSetting['context'],
  statistics: ReturnType<typeof prefillStatistics>,
): Rearrangement | undefined {
  if (statistics === undefined) return undefined
  const costs = statistics.expectedTokens.map(rooflineCost(context))
  return { fromIteration: statistics.fromIteration, layout: dealByLoad(costs, context.topology) }
}

// Placement algorithms by name: from loads to experts by slot of each device.
import { balanced } from '../schedulers/placements/search/balanced.ts'
import { eplb, type NodeGroups } from '../schedulers/placements/search/eplb.ts'
import { joint } from '../schedulers/placements/search/joint.ts'
import { optimal } from '../schedulers/placements/search/optimal.ts'
import { maxLoad, type PlaceProblem, type Slots } from '../schedulers/placements/search/problem.ts'
import { loadPlacementSolver } from '../schedulers/placements/search/solver.ts'

/** One layer's placement. */
interface Placed {
  readonly slots: Slots
  /** No placement has less on its fullest device, where that was looked for. */
  readonly bound?: number | undefined
}

export interface AlgorithmSetting {
  /** For eplb by node. */
  readonly byNode?: NodeGroups | undefined
  /** That `optimal` may take for one layer. */
  readonly seconds: number
}

/** Places layer after layer: made once, since some need a solver. */
type Placer = (problem: PlaceProblem, layer: number) => Placed

interface Algorithm {
  readonly summary: string
  prepare(setting: AlgorithmSetting): Promise<Placer>
}

const table = {
  eplb: {
    summary:
      'EPLB of DeepSeek-V3: copies for the hottest, then the heaviest to the lightest device; by node with --nodes',
    prepare:
      async ({ byNode }) =>
      (problem) => ({ slots: eplb(problem, byNode) }),
  },
  balanced: {
    summary: 'ep:placement=balanced of runs, its free slots filled',
    prepare: async () => (problem) => ({ slots: balanced(problem) }),
  },
  joint: {
    summary: 'copies and packing together, by local search from eplb on: never worse than eplb',
    prepare: async () => (problem) => ({ slots: joint(problem) }),
  },
  optimal: {
    summary:
      'the least load there can be, by mixed-integer programs, within --time; never worse than any other',
    async prepare({ seconds }) {
      const highs = await loadPlacementSolver()
      return (problem) => {
        const starts = [joint(problem), eplb(problem), balanced(problem)]
        const { layout, bound } = optimal(highs, problem, seconds, starts)
        return { slots: layout, bound: Math.min(bound, maxLoad(layout, problem.loads)) }
      }
    },
  },
} satisfies Readonly<Record<string, Algorithm>>

export type AlgorithmId = keyof typeof table
export const ALGORITHMS: Readonly<Record<AlgorithmId, Algorithm>> = table
export const ALGORITHM_IDS = Object.keys(table) as readonly AlgorithmId[]

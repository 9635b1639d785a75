// Placement algorithms by name: from loads to experts by slot of each device.
import { Bug } from '../errors.ts'
import type { Package } from '../hardware/package.ts'
import { balanced } from '../schedulers/placements/search/balanced.ts'
import { eplb, type NodeGroups } from '../schedulers/placements/search/eplb.ts'
import { joint } from '../schedulers/placements/search/joint.ts'
import { optimal } from '../schedulers/placements/search/optimal.ts'
import { maxLoad, type PlaceProblem, type Slots } from '../schedulers/placements/search/problem.ts'
import { loadPlacementSolver } from '../schedulers/placements/search/solver.ts'
import type { AlgorithmId } from './algorithm-ids.ts'
import { hopsPlacement } from './hops.ts'
import { type PairRule, pairRule, pairsPlacement } from './pairs.ts'

/** One layer's placement. */
interface Placed {
  readonly slots: Slots
  /** No placement has less on its fullest device, where that was looked for. */
  readonly bound?: number | undefined
  /** Of `pairs`: which of its two rules it followed. */
  readonly rule?: PairRule | undefined
}

export interface AlgorithmSetting {
  /** For eplb by node. */
  readonly byNode?: NodeGroups | undefined
  /** That `optimal` may take for one layer. */
  readonly seconds: number
  /** For those that need a machine; absent: there is none. */
  readonly pkg?: Package | undefined
  /** Of a step, by which `pairs` tells what a layer waits for. */
  readonly tokens: number
  /** Tokens that chose two experts of a layer, for those that need them; absent: there are no tokens. */
  readonly pairsOf?: ((layer: number) => Float64Array) | undefined
}

/** Places layer after layer: made once, since some need a solver. */
type Placer = (problem: PlaceProblem, layer: number) => Placed

interface Algorithm {
  /** What it cannot do without. */
  readonly needs?: 'machine' | 'machine and tokens'
  prepare(setting: AlgorithmSetting): Promise<Placer>
}

const table = {
  eplb: {
    prepare:
      async ({ byNode }) =>
      (problem) => ({ slots: eplb(problem, byNode) }),
  },
  balanced: {
    prepare: async () => (problem) => ({ slots: balanced(problem) }),
  },
  joint: {
    prepare: async () => (problem) => ({ slots: joint(problem) }),
  },
  optimal: {
    async prepare({ seconds }) {
      const highs = await loadPlacementSolver()
      return (problem) => {
        const starts = [joint(problem), eplb(problem), balanced(problem)]
        const { layout, bound } = optimal(highs, problem, seconds, starts)
        return { slots: layout, bound: Math.min(bound, maxLoad(layout, problem.loads)) }
      }
    },
  },
  hops: {
    needs: 'machine',
    async prepare({ pkg }) {
      const { topology } = needed(pkg)
      return (problem) => ({ slots: hopsPlacement(problem, topology) })
    },
  },
  pairs: {
    needs: 'machine and tokens',
    async prepare({ pkg, pairsOf, tokens }) {
      const machine = needed(pkg)
      const counts = needed(pairsOf)
      return (problem, layer) => {
        const rule = pairRule(machine, problem, tokens)
        return { slots: pairsPlacement(problem, counts(layer), rule), rule }
      }
    },
  },
} satisfies Readonly<Record<AlgorithmId, Algorithm>>

function needed<T>(given: T | undefined): T {
  if (given === undefined) throw new Bug('an algorithm was chosen without what it needs')
  return given
}

export const ALGORITHMS: Readonly<Record<AlgorithmId, Algorithm>> = table

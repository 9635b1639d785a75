// What one iteration of a layer demands of a package, whoever schedules it: in bytes, pairs and ps of compute.
import type { Package } from '../hardware/package.ts'
import { activationTrafficBytes, expertBytes, tokenBytes } from '../model/shape.ts'
import { expertTokens, type LayerWork, pairCount } from '../schedulers/work.ts'
import { leastExpertPs, leastTokenPs } from './least-compute.ts'

export interface Demand {
  readonly dies: number
  /** Active experts; all arrays by expert are in this order. */
  readonly experts: readonly number[]
  /** Pairs of each expert, and of all. */
  readonly expertPairs: Float64Array
  readonly pairs: number
  /** Pairs whose tokens rest on a die: [expert * dies + die]. */
  readonly restingPairs: Float64Array
  /** Weights of one expert. */
  readonly weightBytes: number
  /** Streamed from and to memory for all pairs; 0 where activations stay on chip. */
  readonly activationBytes: number
  /** What the activations of one pair take on links: a token that travels serves up to top-k pairs. */
  readonly pairBytes: number
  /** Of all compute units together. */
  readonly computePs: number
  /** The least for all pairs if each took as little as any. */
  readonly leastComputePs: number
}

export function demandOf(work: LayerWork, { hardware, model, topology, compat }: Package): Demand {
  const { dies, activeExperts, pairStart } = work
  const expertPairs = Float64Array.from(activeExperts, (expert) => expertTokens(work, expert))
  const restingPairs = new Float64Array(activeExperts.length * dies)
  activeExperts.forEach((expert, i) => {
    for (let die = 0; die < dies; die++) {
      const at = expert * dies + topology.rank[die]!
      restingPairs[i * dies + die] = pairStart[at + 1]! - pairStart[at]!
    }
  })
  const pairs = pairCount(work)
  const perPairPs = expertPairs.map((tokens) => leastTokenPs(hardware.compute, model, tokens))
  // The forecasting paper's artifact streams them for local reads only.
  const streams = hardware.activations === 'memory' && compat === 'physical'
  return {
    ...{ dies, experts: activeExperts, expertPairs, pairs, restingPairs },
    weightBytes: expertBytes(model),
    activationBytes: streams ? activationTrafficBytes(model, pairs) : 0,
    pairBytes: tokenBytes(model) / model.topK,
    computePs: expertPairs.reduce((sum, tokens) => sum + leastExpertPs(hardware.compute, model, tokens), 0),
    leastComputePs: pairs * Math.min(...perPairPs),
  }
}

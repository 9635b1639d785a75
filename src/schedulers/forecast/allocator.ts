// Algorithm 1 of "Patterns behind Chaos": shares each expert's tokens between its holders and their neighbours.
//
// Planner's estimate of when a die is done (forecasting sheet 4.4), all times in ps:
//   dieTime(d) = max( max(localCompute, localReads + readsForOthers), weightsIn ) + remoteCompute
import { durationPs } from '../../engine/loop.ts'
import { sortFew } from '../../engine/sort-few.ts'
import { invariant } from '../../errors.ts'
import { plannedFlopPerPs } from '../../hardware/compute.ts'
import { MemoryTiming } from '../../hardware/memory.ts'
import { expertBytes, flopPerToken } from '../../model/shape.ts'
import type { SchedulerContext } from '../scheduler.ts'
import type { Task } from '../tasks.ts'
import { expertFrom, expertTo, expertTokens, type LayerWork, pairCount } from '../work.ts'

/** Tokens handed out at a time. The paper says 50, its artifact uses 512, which is better (sheet, section 8 no. 2). */
const BLOCK_TOKENS = 512
const FEWEST_CANDIDATES = 5

export interface AllocatorCosts {
  /** Reading an expert at its home. */
  readonly memoryPs: number
  /** Fetching an expert's weights over one hop: request there, data back. */
  readonly hopPs: number
  /** One token in one expert. */
  readonly tokenPs: number
}

export function allocatorCosts({ hardware, model, payloadBytesPerPs }: SchedulerContext): AllocatorCosts {
  const { memory, link, compute } = hardware
  const bytes = expertBytes(model)
  return {
    memoryPs: memory.latencyPs + new MemoryTiming(memory).meanTransferPs(bytes),
    hopPs: 2 * link.latencyPs + durationPs(bytes, payloadBytesPerPs),
    tokenPs: flopPerToken(model) / plannedFlopPerPs(compute, model.weightBytes),
  }
}

/** What the planner believes of each die so far. */
class DieLoads {
  readonly localCompute: Float64Array
  readonly remoteCompute: Float64Array
  readonly localReads: Float64Array
  readonly readsForOthers: Float64Array
  readonly weightsIn: Float64Array
  constructor(dies: number) {
    this.localCompute = new Float64Array(dies)
    this.remoteCompute = new Float64Array(dies)
    this.localReads = new Float64Array(dies)
    this.readsForOthers = new Float64Array(dies)
    this.weightsIn = new Float64Array(dies)
  }

  /** When a die is done, with so much more to compute of its own or so much more to read for others. */
  timePs(die: number, computePs = 0, readsPs = 0): number {
    const localCompute = this.localCompute[die]! + computePs
    const reads = this.localReads[die]! + this.readsForOthers[die]! + readsPs
    return Math.max(localCompute, reads, this.weightsIn[die]!) + this.remoteCompute[die]!
  }

  /** When it is done with so much more to compute of what others send it, and to wait for. */
  timeAsGuestPs(die: number, computePs: number, weightsPs: number): number {
    const reads = this.localReads[die]! + this.readsForOthers[die]!
    const weightsIn = this.weightsIn[die]! + weightsPs
    return Math.max(this.localCompute[die]!, reads, weightsIn) + this.remoteCompute[die]! + computePs
  }
}

interface Candidate {
  readonly die: number
  readonly isLocal: boolean
  readonly readyPs: number
  tokens: number
}

/**
 * Plans one layer. `home` is the die that holds each expert; `alsoHeldBy` lists dies with a replica of it.
 * Returns one task per (expert, die) with tokens, in ascending expert order.
 */
export function allocate(
  work: LayerWork,
  context: Pick<SchedulerContext, 'topology'>,
  costs: AllocatorCosts,
  home: Int32Array,
  alsoHeldBy: (expert: number) => readonly number[],
): Task[] {
  const loads = new DieLoads(work.dies)
  for (const expert of work.activeExperts) add(loads.localReads, home[expert]!, costs.memoryPs)
  const meanTokens = pairCount(work) / work.experts
  const coldestFirst = work.activeExperts
    .map((expert) => ({ expert, tokens: expertTokens(work, expert) }))
    .sort((a, b) => a.tokens - b.tokens)
  const tasks: Task[] = []
  for (const { expert, tokens } of coldestFirst) {
    const most = Math.max(FEWEST_CANDIDATES, Math.floor(tokens / Math.max(meanTokens, BLOCK_TOKENS)))
    const candidates = rank(context, loads, costs, home[expert]!, alsoHeldBy(expert))
    if (candidates.length > most) candidates.length = most
    shareTokens(tokens, candidates, home[expert]!, loads, costs)
    let fromPair = expertFrom(work, expert)
    for (const { die, tokens: share } of candidates) {
      if (share === 0) continue
      tasks.push({ expert, fromPair, toPair: fromPair + share, die })
      fromPair += share
    }
    invariant(fromPair === expertTo(work, expert), () => `the allocator lost tokens of expert ${expert}`)
  }
  return tasks.sort((a, b) => a.expert - b.expert)
}

/** Holders and the neighbours of home, the earliest done first; dies of equal time in die order. */
function rank(
  { topology }: Pick<SchedulerContext, 'topology'>,
  loads: DieLoads,
  costs: AllocatorCosts,
  home: number,
  replicas: readonly number[],
): Candidate[] {
  const candidates: Candidate[] = []
  const consider = (die: number, isLocal: boolean) => {
    if (candidates.some((other) => other.die === die)) return
    const readyPs = loads.timePs(die) + (isLocal ? 0 : costs.hopPs)
    candidates.push({ die, isLocal, readyPs, tokens: 0 })
  }
  consider(home, true)
  for (const die of replicas) consider(die, true)
  for (const die of topology.neighbours(home)) consider(die, false)
  sortFew(
    candidates,
    (a, b) =>
      a.readyPs - b.readyPs ||
      Number(b.isLocal) - Number(a.isLocal) ||
      topology.rank[a.die]! - topology.rank[b.die]!,
  )
  return candidates
}

/** Hands an expert's tokens out block by block, each to the candidate with the smallest estimated finish. */
function shareTokens(
  tokens: number,
  candidates: readonly Candidate[],
  home: number,
  loads: DieLoads,
  costs: AllocatorCosts,
): void {
  const blocks = Math.max(1, Math.floor(tokens / BLOCK_TOKENS))
  for (let block = 0; block < blocks; block++) {
    // What is left over after the last whole block goes along with it.
    const blockTokens = block === blocks - 1 ? tokens - block * BLOCK_TOKENS : BLOCK_TOKENS
    let best: Candidate | undefined
    let bestPs = Infinity
    for (const candidate of candidates) {
      const finishPs = finishWith(candidate, blockTokens, home, loads, costs)
      const isBetter = finishPs < bestPs || (finishPs === bestPs && candidate.isLocal && !best!.isLocal)
      if (!isBetter) continue
      best = candidate
      bestPs = finishPs
    }
    charge(best!, blockTokens, home, loads, costs)
    best!.tokens += blockTokens
  }
}

/** When the dies that a block concerns would be done with it: the one that computes it and the one that sends weights. */
function finishWith(
  { die, isLocal, tokens }: Candidate,
  blockTokens: number,
  home: number,
  loads: DieLoads,
  costs: AllocatorCosts,
): number {
  const computePs = blockTokens * costs.tokenPs
  if (isLocal) return loads.timePs(die, computePs)
  const senderPs = loads.timePs(home, 0, tokens === 0 ? costs.memoryPs : 0)
  return Math.max(loads.timeAsGuestPs(die, computePs, costs.hopPs), senderPs)
}

/** Books a block on the die that computes it and, where it lacks the weights, on the one that sends them. */
function charge(
  { die, isLocal, tokens }: Candidate,
  blockTokens: number,
  home: number,
  loads: DieLoads,
  costs: AllocatorCosts,
): void {
  const computePs = blockTokens * costs.tokenPs
  if (isLocal) {
    add(loads.localCompute, die, computePs)
    return
  }
  add(loads.remoteCompute, die, computePs)
  add(loads.weightsIn, die, costs.hopPs)
  // Home reads the weights once for this die, with its first block.
  if (tokens === 0) add(loads.readsForOthers, home, costs.memoryPs)
}

function add(column: Float64Array, die: number, ps: number): void {
  column[die] = column[die]! + ps
}

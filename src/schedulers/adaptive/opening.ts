// With which expert a die begins: tokens come one expert after the other, and the unit is to wait for them as little as can be.
import type { SliceCosts } from './costs.ts'
import type { SliceJob } from './order.ts'

export interface OpeningSetting {
  readonly costs: SliceCosts
  /** Slices loading, waiting or at work at a time. */
  readonly window: number
  /** Of the layer; a die is sent each at most once. */
  readonly tokens: number
  /** Whether its slice need not be read. */
  readonly isHere: (job: SliceJob) => boolean
}

/**
 * The jobs with those of one expert, or the first of them, moved to the front: of all such orders, and the one at hand, the one
 * that a dry run of the die by itself says to end first. A few tokens are there soon, but may not keep the unit at work until
 * there are more.
 */
export function openWell(jobs: readonly SliceJob[], setting: OpeningSetting): readonly SliceJob[] {
  let best = jobs
  let leastPs = dryRunPs(jobs, setting)
  for (const expert of new Set(jobs.map(({ part }) => part.expert))) {
    const own = jobs.filter(({ part }) => part.expert === expert)
    for (const first of new Set([own.slice(0, 1), own])) {
      const moved = new Set(first)
      const order = [...first, ...jobs.filter((job) => !moved.has(job))]
      const ps = dryRunPs(order, setting)
      if (ps >= leastPs) continue
      best = order
      leastPs = ps
    }
  }
  return best
}

/** When the last job would end: the channel reads in turn, tokens come in the order of the experts, no other die is in the way. */
function dryRunPs(jobs: readonly SliceJob[], { costs, window, tokens, isHere }: OpeningSetting): number {
  const tokensAtPs = new Map<number, number>()
  let come = 0
  for (const { part } of jobs) {
    if (tokensAtPs.has(part.expert)) continue
    come = Math.min(tokens, come + part.tokens)
    tokensAtPs.set(part.expert, costs.firstTokenPs + come * costs.tokenPs)
  }
  const readyAtPs = new Float64Array(jobs.length)
  const isDone = new Uint8Array(jobs.length)
  let nowPs = 0
  let channelPs = costs.firstReadPs
  let loaded = 0
  let first = 0
  for (let done = 0; done < jobs.length; done++) {
    for (; loaded < jobs.length && loaded - done < window; loaded++) {
      const { part } = jobs[loaded]!
      channelPs = Math.max(channelPs, nowPs) + (isHere(jobs[loaded]!) ? 0 : readPs(jobs[loaded]!, costs))
      readyAtPs[loaded] = Math.max(channelPs, tokensAtPs.get(part.expert)!)
    }
    while (isDone[first] === 1) first++
    let next = first
    for (let job = first + 1; job < loaded && readyAtPs[next]! > nowPs; job++) {
      if (isDone[job] === 0 && readyAtPs[job]! < readyAtPs[next]!) next = job
    }
    isDone[next] = 1
    nowPs = Math.max(nowPs, readyAtPs[next]!) + costs.computePs(jobs[next]!.part.tokens)
  }
  return nowPs
}

function readPs({ part }: SliceJob, costs: SliceCosts): number {
  return costs.readPs + costs.innerPs(part.tokens) + costs.inputPs(part.tokens) / part.slices.length
}

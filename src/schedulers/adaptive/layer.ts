// One layer under adaptive: who computes which slices, in which order, and the start of all dies.
import type { Machine, SchedulerContext } from '../scheduler.ts'
import { expertTokens, type LayerWork, pairTokens } from '../work.ts'
import { arrivalsPs } from './arrival.ts'
import { balanceSlices } from './balance.ts'
import type { SliceCosts } from './costs.ts'
import { DieTokens } from './die-tokens.ts'
import { sliceGroups } from './layout.ts'
import { openWell } from './opening.ts'
import { orderSlices, type SliceJob } from './order.ts'
import type { Part } from './setting.ts'
import { leastBatch, type WindowSetting, windowOf } from './window.ts'
import { DieWorker } from './worker.ts'

export interface LayerSetting {
  readonly context: SchedulerContext
  readonly costs: SliceCosts
  readonly slices: number
  /** Dies that may compute a slice. */
  readonly diesOf: (expert: number, slice: number) => readonly number[]
  /** Whether dies read through all channels alike; else each reads through one. */
  readonly readsAny: boolean
  readonly channelOf: (die: number) => number
  readonly combine: boolean
}

/** `here`: see BalanceSetting. */
export function planLayer(work: LayerWork, setting: LayerSetting, here: readonly Part[] = []): Part[] {
  const { context, costs, slices, diesOf, channelOf, combine } = setting
  const isShared = setting.readsAny
  const isHere = new Set(here.flatMap((part) => part.slices.map((slice) => part.expert * slices + slice)))
  const groups = sliceGroups(work.activeExperts, slices, diesOf).map(({ expert, slices: all, dies }) => {
    return { expert, slices: all.filter((slice) => !isHere.has(expert * slices + slice)), dies }
  })
  const arrivals = arrivalsPs(work.restingDie, context)
  const toDeal = groups.filter((group) => group.slices.length > 0)
  return balanceSlices(toDeal, {
    order: work.dieOrder,
    dies: work.dies,
    experts: work.experts,
    tokens: work.tokens,
    senders: new Set(work.restingDie).size,
    tokensOf: (expert) => expertTokens(work, expert),
    costs,
    startPs: arrivals.map((ps) => Math.max(ps, context.hardware.memory.latencyPs)),
    endPs: combine ? arrivals : new Float64Array(work.dies),
    channelOf: isShared ? (die) => die : channelOf,
    isShared,
    linkOf: isShared ? () => 0 : (die) => context.topology.route(channelOf(die), die).links[0] ?? -1,
    here,
  })
}

/** Starts all dies on a plan. Returns their workers. */
export function startPlan(machine: Machine, parts: readonly Part[], setting: LayerSetting): DieWorker[] {
  const { context, costs } = setting
  const tokenOf = pairTokens(machine.work)
  const orders = [...context.topology.order].flatMap((die) => {
    const own = parts.filter((part) => part.die === die)
    return own.length === 0 ? [] : [{ die, ...orderSlices(own, costs) }]
  })
  // Channels that are shared serve dies by what they ask for: none may ask for less than others.
  const evenest = Math.max(0, ...orders.map(({ evenness }) => evenness))
  const isShared = setting.readsAny
  const started = orders.map(({ die, jobs, evenness }) =>
    dieOf(machine, setting, { die, jobs, evenness: isShared ? evenest : evenness, tokenOf }),
  )
  // Tokens first: room for them must not wait behind slices that in turn wait for these tokens to be computed.
  for (const { tokens, worker } of started) tokens.start(() => worker.computeNext())
  // In turn: what channels read for one die, many slices deep, would be in the way of the first slices of others.
  for (let isAsking = true; isAsking; ) {
    isAsking = false
    for (const { worker } of started) isAsking = worker.askNext() || isAsking
  }
  return started.map(({ worker }) => worker)
}

function dieOf(
  machine: Machine,
  { context, costs, slices, readsAny, channelOf, combine }: LayerSetting,
  order: Pick<WindowSetting, 'die' | 'evenness' | 'tokenOf'> & { readonly jobs: readonly SliceJob[] },
): { tokens: DieTokens; worker: DieWorker } {
  const { die, jobs: wanted, evenness, tokenOf } = order
  const source = readsAny ? undefined : channelOf(die)
  const needed = expertsOf(wanted)
  const window = windowOf(machine.work, context, { die, evenness, tokenOf, experts: needed, slices })
  const isHere = ({ part, slice }: SliceJob) => machine.ahead.has({ expert: part.expert, slice, die })
  const hereFirst = [...wanted.filter(isHere), ...wanted.filter((job) => !isHere(job))]
  const jobs = openWell(hereFirst, { costs, window, tokens: machine.work.tokens, isHere })
  const experts = expertsOf(jobs)
  const tokens = new DieTokens(machine, die, experts, { tokenOf, leastBatch: leastBatch(context) })
  return { tokens, worker: new DieWorker(machine, { die, jobs, experts, tokens, window, source, combine }) }
}

/** In the order in which they are needed. */
function expertsOf(jobs: readonly SliceJob[]): number[] {
  return [...new Set(jobs.map(({ part }) => part.expert))]
}

// Least-loaded expert parallelism: what goes beyond a die's fair share of tokens spills to the dies that have least to do, which
// read the expert's weights from its home.
import { channelOf } from './channels.ts'
import { EpRunner, paperConflict } from './ep/runner.ts'
import { idleOnOneDie } from './idle.ts'
import { assertWeightsFit, countHomes } from './memory-fit.ts'
import type { OptionsOf, OptionTable } from './options.ts'
import { placements } from './placements/table.ts'
import type {
  IdleOptions,
  Machine,
  RunOutline,
  Scheduler,
  SchedulerContext,
  SchedulerDefinition,
} from './scheduler.ts'
import type { Task } from './tasks.ts'
import { expertFrom, expertTokens, type LayerWork, pairCount } from './work.ts'

const options = {
  prefetch: {
    type: 'integer',
    default: 0,
    min: 0,
    max: 64,
    doc: 'pieces loaded ahead while another is at work',
  },
  combine: { type: 'boolean', default: false, doc: 'send results back to the dies their tokens rest on' },
  capacity: {
    type: 'number',
    default: 1,
    min: 1,
    max: 64,
    doc: 'tokens that a die takes before it spills, over the mean of all dies',
    source: 'least-loaded expert parallelism (arXiv 2601.17111): capacity factor',
  },
  least: {
    type: 'integer',
    default: 64,
    min: 1,
    max: 1_000_000,
    doc: 'tokens that are worth reading an expert once more; fewer are not spilled (the paper, for batches of tens of thousands: 1024)',
    source: 'least-loaded expert parallelism (arXiv 2601.17111): minimum tokens per GEMM',
  },
  imbalance: {
    type: 'number',
    default: 1.3,
    min: 1,
    max: 65536,
    doc: 'tokens of the fullest die over the mean of all, up to which nothing is spilled',
    source: 'least-loaded expert parallelism (arXiv 2601.17111): imbalance threshold',
  },
} as const satisfies OptionTable

type SpillOptions = Pick<OptionsOf<typeof options>, 'capacity' | 'least' | 'imbalance'>

export const leastLoaded: SchedulerDefinition<typeof options> = {
  summary:
    'expert parallelism whose fullest dies spill tokens, and the weights for them, to those that have least to do',
  source: 'least-loaded expert parallelism (arXiv 2601.17111), restated from its description',
  options,
  conflict: (values, compat) => paperConflict('least-loaded', values, compat),
  idle: (values, run) => [...idleOnOneDie(run, ['combine', ...OF_SPILLING]), ...idleSpilling(values, run)],
  create: (values, context) => new LeastLoaded(values, context),
}

const OF_SPILLING = ['capacity', 'least', 'imbalance']

/** Where no expert can have as many tokens as are spilled at least, by default too. */
function idleSpilling({ least }: SpillOptions, { iterations }: RunOutline): IdleOptions[] {
  const most = iterations.reduce((so, { tokens }) => Math.max(so, tokens), 0)
  if (most >= least) return []
  const names = most < options.least.default ? OF_SPILLING : ['capacity', 'imbalance']
  return [{ names, why: `no iteration has ${least} tokens, the fewest that are spilled` }]
}

class LeastLoaded implements Scheduler {
  readonly slices: number
  private readonly options: SpillOptions
  private readonly context: SchedulerContext
  private readonly homeDie: Int32Array
  private readonly channel: (die: number) => number
  private readonly run: EpRunner

  constructor(values: OptionsOf<typeof options>, context: SchedulerContext) {
    const { model, topology, hardware, compat } = context
    this.options = values
    this.context = context
    this.homeDie = placements.contiguous.place(model.experts, topology, compat)
    this.channel = channelOf(context)
    assertWeightsFit(context, countHomes(this.homeDie.map(this.channel), topology.dies))
    const sourceOf = hardware.memory.shared ? () => undefined : (expert: number) => this.home(expert)
    this.run = new EpRunner(1, { ...values, sourceOf, launches: false, dispatch: 'expert' }, context)
    this.slices = this.run.slices
  }

  home(expert: number): number {
    return this.channel(this.homeDie[expert]!)
  }

  startLayer(machine: Machine): void {
    this.run.start(machine, spilledTasks(machine.work, this.homeDie, this.context, this.options))
  }

  waits(): string[] {
    return this.run.waits()
  }
}

/**
 * Experts from the one with most tokens on: each stays at home as far as that has room beside its other experts; the rest goes,
 * in pieces of at least `least` tokens, to the dies with fewest. At most one task per (expert, die); experts ascending.
 */
export function spilledTasks(
  work: LayerWork,
  homeDie: Int32Array,
  { topology }: Pick<SchedulerContext, 'topology'>,
  { capacity, least, imbalance }: SpillOptions,
): Task[] {
  const { dies, order } = topology
  /** Tokens dealt to a die, and those of its own experts that are not dealt yet. */
  const load = new Float64Array(dies)
  for (const expert of work.activeExperts) load[homeDie[expert]!]! += expertTokens(work, expert)
  const mean = pairCount(work) / dies
  const most = load.reduce((a, b) => Math.max(a, b), 0) <= imbalance * mean ? Infinity : capacity * mean
  const heaviestFirst = [...work.activeExperts].sort((a, b) => expertTokens(work, b) - expertTokens(work, a))
  const tasks = heaviestFirst.flatMap((expert) => {
    const home = homeDie[expert]!
    const shares = new Map<number, number>()
    let excess = Math.min(expertTokens(work, expert), Math.max(0, Math.ceil(load[home]! - most)))
    shares.set(home, expertTokens(work, expert))
    while (excess >= least) {
      const idle = [...order].filter((die) => die !== home && !shares.has(die) && load[die]! < most)
      const to = idle.reduce<number | undefined>(
        (best, die) => (best === undefined || load[die]! < load[best]! ? die : best),
        undefined,
      )
      if (to === undefined) break
      const moved = Math.min(excess, Math.max(least, Math.floor(most - load[to]!)))
      shares.set(to, moved)
      shares.set(home, shares.get(home)! - moved)
      load[to]! += moved
      load[home]! -= moved
      excess -= moved
    }
    let fromPair = expertFrom(work, expert)
    return [...shares].map(([die, tokens]) => {
      const task = { expert, fromPair, toPair: fromPair + tokens, die }
      fromPair += tokens
      return task
    })
  })
  return tasks.filter(({ fromPair, toPair }) => toPair > fromPair).sort((a, b) => a.expert - b.expert)
}

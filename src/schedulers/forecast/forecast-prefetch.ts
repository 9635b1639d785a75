// Forecast-driven data movement ("Patterns behind Chaos"): tasks near their weights, fetched weights kept near their next use.
import { fail } from '../../errors.ts'
import type { CacheRequest } from '../caching/cache.ts'
import { CacheForesight } from '../caching/foresight.ts'
import { usesPredictor } from '../caching/foresight-options.ts'
import { keepsWeights, sharesCache } from '../caching/options.ts'
import { besideCache, cacheMisfit, cacheRequest } from '../caching/request.ts'
import { inOrderOfAppearance, startAfar } from '../caching/tasks.ts'
import { countHomes, replicaBudgetBytes } from '../memory-fit.ts'
import { psOfNs } from '../nanoseconds.ts'
import { knowsAll, mostPredicted, predictorOf } from '../predictors/options.ts'
import type { Predictor } from '../predictors/predictor.ts'
import { roundRobin, roundRobinTasks, taskSetting } from '../round-robin.ts'
import type { AheadRead, Machine, Scheduler, SchedulerContext, SchedulerDefinition } from '../scheduler.ts'
import { runTasks, type Task, type TaskRunSetting } from '../tasks.ts'
import type { LayerWork } from '../work.ts'
import { type AheadSetting, aheadReads, expectedDies } from './ahead-reads.ts'
import { allocate, allocatorCosts } from './allocator.ts'
import { Calendar } from './calendar.ts'
import { idleForecast } from './idle.ts'
import {
  aheadIntoCache,
  type ForecastOptions,
  forecastConflict,
  forecastOptions,
  forecastTrials,
  NAME,
} from './options.ts'

export const forecastPrefetch: SchedulerDefinition<typeof forecastOptions> = {
  summary:
    'forecast-driven data movement: allocation over holders and neighbours, predicted experts retained',
  source: 'forecasting paper (arXiv 2510.05497): the schemes Pred Only, Allo Only, Allo+Pred',
  options: forecastOptions,
  paperDefaults: { replicas: 'unlimited' },
  readsAhead: ({ ahead }) => ahead > 0,
  readsIntoCache: (options) => aheadIntoCache(options) > 0,
  sharesCache,
  keepsWeights,
  conflict: forecastConflict,
  misfit: (values, setting) => cacheMisfit(NAME, values, setting),
  trials: forecastTrials,
  idle: idleForecast,
  create: (options, context) => new ForecastPrefetch(options, context),
}

class ForecastPrefetch implements Scheduler {
  readonly slices: number
  readonly cache: CacheRequest | undefined
  readonly replicaBudgetBytes: number
  readonly replicaWorth?: (expert: number, die: number) => number
  private readonly options: ForecastOptions
  private readonly context: SchedulerContext
  private readonly setting: ReturnType<typeof taskSetting>
  private readonly costs: ReturnType<typeof allocatorCosts>
  private readonly predictor: Predictor
  private readonly prefetch: AheadSetting
  /** Where a cache goes by predictions. */
  private readonly foresight: CacheForesight | undefined
  /** Of an oracle alone. */
  private readonly calendar: Calendar | undefined
  /** Dies that ever kept a replica of each expert. */
  private readonly keepers = new Map<number, Set<number>>()
  /** The latest iteration that started. */
  private latest: LayerWork | undefined
  /** Of the next iteration, once asked for: see Predictor.expected. */
  private expected: Float64Array | undefined

  constructor(options: ForecastOptions, context: SchedulerContext) {
    this.options = options
    this.context = context
    this.cache = cacheOf(options, context)
    this.setting = taskSetting(besideCache(context, this.cache))
    this.slices = this.setting.slices
    this.costs = allocatorCosts(context)
    const { experts } = context.model
    const { knowledge } = context
    const isOracle = knowsAll(options)
    const most = mostPredicted(options, experts)
    this.predictor = predictorOf(options, context)
    if (isOracle && knowledge) this.calendar = new Calendar(knowledge, experts, (work) => this.planned(work))
    const channels = this.setting.home.map((_die, expert) => this.setting.homeChannel(expert))
    const homes = countHomes(channels, context.topology.dies)
    const cachedBytes = this.cache?.place === 'memory' ? this.cache.bytes : 0
    this.replicaBudgetBytes =
      options.replicas === 'unlimited' ? Infinity : replicaBudgetBytes(context, homes, cachedBytes)
    if (options.ahead > 0) assertInto(options, context)
    const planning = { context, costs: this.costs, tasks: this.setting }
    const into = options.into === 'cache' ? 'sram' : options.into
    this.prefetch = { ...planning, most, perDie: options.ahead, into, isCertain: isOracle }
    if (this.cache !== undefined && usesPredictor({ ...options, ahead: aheadIntoCache(options) })) {
      const { source } = this.setting
      this.foresight = new CacheForesight(options, {
        ...{ context, cache: this.cache, slices: this.slices, perDie: options.ahead },
        usersOf: (expected, before) => {
          const dies = expectedDies(planning, expected, before)
          return (expert) => (dies.get(expert) ?? []).map((die) => ({ die, channelDie: source(expert) }))
        },
      })
    }
    const { calendar } = this
    if (calendar) this.replicaWorth = (expert, die) => -calendar.nextUse(expert, die, this.latest!)
    else if (options.evict === 'benefit') this.replicaWorth = (expert) => this.expectedTokens(expert)
  }

  home(expert: number): number {
    return this.setting.homeChannel(expert)
  }

  wishes(
    before: LayerWork,
    machine: Pick<Machine, 'hasReplica' | 'keeps' | 'weighKept'>,
    next: number,
  ): AheadRead[] {
    if (this.options.into === 'cache') return this.foresight?.wishes(before, next, machine) ?? []
    const { iteration } = before
    const expected = this.predictor.expected(iteration, iteration)
    if (expected === undefined || !expected.some((tokens) => tokens > 0)) return []
    const reads = aheadReads(this.prefetch, expected, before, machine)
    for (const { expert, die, into } of reads) if (into === 'memory') this.noteKeeper(expert, die)
    return reads
  }

  startLayer(machine: Machine): void {
    const { work } = machine
    const { retain, ahead } = this.options
    this.latest = work
    if (retain || ahead > 0) this.learn(work)
    this.foresight?.start(machine)
    const planned = this.tasksOf(machine)
    const tasks = machine.ahead.places.length === 0 ? planned : this.useReadAhead(machine, planned)
    // Replicas are made in decode steps only: in the prompt every expert is about to be used up.
    const isWanted = retain && work.phase !== 'prefill' ? this.predictions(tasks) : () => false
    const { source, window } = this.setting
    const { channelDies } = this.context.hardware.memory
    const runSetting: TaskRunSetting = {
      window,
      isReadAhead: (place) => machine.ahead.has(place),
      sourceOf: (expert, slice, die) => (machine.hasReplica(expert, slice, die) ? die : source(expert)),
      onArrived: (expert, slice, die) => {
        const from = source(expert)
        const isForeign = from !== undefined && from !== die && !machine.hasReplica(expert, slice, die)
        if (!isForeign || !channelDies.includes(die) || !isWanted(expert, die)) return
        if (machine.keepReplica(expert, slice, die)) this.noteKeeper(expert, die)
      },
    }
    const inOrder = this.cache === undefined ? tasks : inOrderOfAppearance(tasks, work)
    const start = () => runTasks(machine, startAfar(machine, inOrder, false), runSetting)
    const planningPs = psOfNs(this.options.planning)
    if (planningPs > 0) machine.later(planningPs, start)
    else start()
  }

  private tasksOf(machine: Machine): Task[] {
    return this.planned(machine.work, (expert) => this.holders(machine, expert))
  }

  /** `alsoHeldBy`: dies with a replica of an expert. */
  private planned(work: LayerWork, alsoHeldBy: (expert: number) => readonly number[] = () => []): Task[] {
    const { context, costs, setting, options } = this
    if (!options.allocate) return roundRobinTasks(work, context, OFFSET)
    return allocate(work, context, costs, setting.home, alsoHeldBy)
  }

  /** Dies that hold a replica of every slice of an expert. */
  private holders(machine: Machine, expert: number): number[] {
    const holdsAll = (die: number) => {
      for (let slice = 0; slice < this.slices; slice++)
        if (!machine.hasReplica(expert, slice, die)) return false
      return true
    }
    return [...(this.keepers.get(expert) ?? [])].filter(holdsAll)
  }

  /** Gives up what was read ahead for dies that do not compute it; the tasks that it is for come first. */
  private useReadAhead(machine: Machine, tasks: readonly Task[]): Task[] {
    const keyOf = ({ expert, die }: Pick<Task, 'expert' | 'die'>) => die * machine.work.experts + expert
    const needed = new Set(tasks.map(keyOf))
    const useful = new Set<number>()
    for (const place of machine.ahead.places) {
      if (needed.has(keyOf(place))) useful.add(keyOf(place))
      else machine.ahead.discard(place)
    }
    const isUseful = (task: Task) => useful.has(keyOf(task))
    return [...tasks.filter(isUseful), ...tasks.filter((task) => !isUseful(task))]
  }

  private noteKeeper(expert: number, die: number): void {
    const dies = this.keepers.get(expert)
    if (dies === undefined) this.keepers.set(expert, new Set([die]))
    else dies.add(die)
  }

  private learn(work: LayerWork): void {
    this.predictor.learn(work)
    this.expected = undefined
  }

  /** Tokens that the next iteration is expected to bring an expert. */
  private expectedTokens(expert: number): number {
    const { predictor } = this
    const { iteration } = this.latest!
    this.expected ??=
      predictor.expected(iteration + 1, iteration) ?? new Float64Array(this.context.model.experts)
    return this.expected[expert]!
  }

  /** Whether an expert that a die has fetched is predicted to be needed there. */
  private predictions(tasks: readonly Task[]): (expert: number, die: number) => boolean {
    const { calendar, latest } = this
    if (calendar) return (expert, die) => calendar.nextUse(expert, die, latest!) < Number.POSITIVE_INFINITY
    const onDie = new Map<number, number[]>()
    const computing = (die: number) => {
      const known = onDie.get(die)
      if (known !== undefined) return known
      const experts = tasks.filter((task) => task.die === die).map((task) => task.expert)
      onDie.set(die, experts)
      return experts
    }
    return (expert, die) => this.predictor.foretells(expert, () => computing(die))
  }
}

/** The cache that the options ask for, beside as many slices at work as a die has in flight. */
function cacheOf(options: ForecastOptions, context: SchedulerContext): CacheRequest | undefined {
  const { hardware, topology } = context
  if (!keepsWeights(options) && aheadIntoCache(options) === 0) return undefined
  if (options.cache === 'min' && hardware.memory.tiers === undefined && topology.dies > 1) {
    fail('conflict', {
      what: `${NAME}: cache=min needs to know on which die an expert is used next, which allocation decides from iteration to iteration`,
      hint: 'use cache=lru, a package of one die, or ep:cache=min',
    })
  }
  const { slices, window } = taskSetting(context)
  const aheadExperts = aheadIntoCache(options)
  return cacheRequest(NAME, options, context, { slices, slicesInFlight: window, aheadExperts })
}

/** Refuses to read ahead to where it is no use, or from where nothing lies. */
function assertInto({ into }: ForecastOptions, { hardware }: SchedulerContext): void {
  const { shared, tiers } = hardware.memory
  const last = tiers?.at(-1)
  if (last !== undefined && into !== 'cache') {
    fail('conflict', {
      what: `${NAME}: into=${into} reads ahead what lies in memory, and the weights of ${hardware.name} lie in tier ${last.name}`,
      hint: 'use into=cache',
    })
  }
  if (!shared || into !== 'memory') return
  fail('conflict', {
    what: `${NAME}: into=memory copies experts from one die's memory to another's, and the memory of ${hardware.name} is shared`,
    hint: 'use into=sram',
  })
}

/** Without allocation tasks go as in round-robin with its default offset. */
const OFFSET = roundRobin.options.offset.default

// Forecast-driven data movement ("Patterns behind Chaos"): tasks near their weights, fetched weights kept near their next use.
import { allocate, allocatorCosts } from './allocator.ts'
import { CrossTokenMap } from './cross-token.ts'
import { countHomes, replicaBudgetBytes } from './memory-fit.ts'
import { roundRobin, roundRobinTasks, taskSetting } from './round-robin.ts'
import type { Machine, Scheduler, SchedulerContext, SchedulerDefinition } from './scheduler.ts'
import { runTasks, type Task, type TaskRules } from './tasks.ts'

interface ForecastOptions {
  readonly allocate: boolean
  readonly predictor: 'none' | 'cross-token'
  readonly retain: boolean
  readonly replicas: 'physical' | 'unlimited'
  readonly planning: number
}

const PS_PER_NS = 1000

export const forecastPrefetch: SchedulerDefinition = {
  summary:
    'forecast-driven data movement: allocation over holders and neighbours, predicted experts retained',
  options: {
    allocate: {
      type: 'boolean',
      default: true,
      doc: "share each expert's tokens between holders and neighbours (Algorithm 1); false: round-robin",
    },
    predictor: {
      type: 'choice',
      default: 'cross-token',
      choices: ['none', 'cross-token'],
      doc: 'what foretells which experts the next token needs',
    },
    retain: {
      type: 'boolean',
      default: true,
      doc: 'keep fetched experts that are predicted, in local memory',
    },
    replicas: {
      type: 'choice',
      default: 'physical',
      choices: ['physical', 'unlimited'],
      doc: 'room for replicas: what home copies leave of the memory (least recently used leave), or no limit',
    },
    planning: {
      type: 'number',
      default: 0,
      min: 0,
      max: 1_000_000_000,
      doc: 'ns that planning takes before a layer starts, each iteration (the forecasting paper, Fig. 15: on a host CPU)',
    },
  },
  paperDefaults: { replicas: 'unlimited' },
  create: (options, context) => new ForecastPrefetch(options as unknown as ForecastOptions, context),
}

class ForecastPrefetch implements Scheduler {
  readonly slices: number
  readonly replicaBudgetBytes: number
  private readonly options: ForecastOptions
  private readonly context: SchedulerContext
  private readonly setting: ReturnType<typeof taskSetting>
  private readonly costs: ReturnType<typeof allocatorCosts>
  private readonly map: CrossTokenMap
  /** Dies that ever kept a replica of each expert. */
  private readonly keepers = new Map<number, Set<number>>()

  constructor(options: ForecastOptions, context: SchedulerContext) {
    this.options = options
    this.context = context
    this.setting = taskSetting(context)
    this.slices = this.setting.slices
    this.costs = allocatorCosts(context)
    this.map = new CrossTokenMap(context.model.experts)
    const channels = this.setting.home.map((_die, expert) => this.setting.homeChannel(expert))
    const homes = countHomes(channels, context.topology.dies)
    this.replicaBudgetBytes = options.replicas === 'unlimited' ? Infinity : replicaBudgetBytes(context, homes)
  }

  home(expert: number): number {
    return this.setting.homeChannel(expert)
  }

  startLayer(machine: Machine): void {
    const { work } = machine
    const doesPredict = this.options.predictor === 'cross-token' && this.options.retain
    if (doesPredict) this.map.learn(work)
    const tasks = this.plan(machine)
    // Replicas are made in decode steps only: in the prompt every expert is about to be used up.
    const isWanted = doesPredict && work.phase !== 'prefill' ? this.predictions(tasks) : () => false
    const { source, window } = this.setting
    const { channelDies } = this.context.hardware.memory
    const rules: TaskRules = {
      window,
      sourceOf: (expert, slice, die) => (machine.hasReplica(expert, slice, die) ? die : source(expert, die)),
      onArrived: (expert, slice, die) => {
        const isForeign = source(expert, die) !== die && !machine.hasReplica(expert, slice, die)
        if (!isForeign || !channelDies.includes(die) || !isWanted(expert, die)) return
        if (machine.keepReplica(expert, slice, die)) this.noteKeeper(expert, die)
      },
    }
    const start = () => runTasks(machine, tasks, rules)
    const planningPs = Math.round(this.options.planning * PS_PER_NS)
    if (planningPs > 0) machine.later(planningPs, start)
    else start()
  }

  private plan(machine: Machine): Task[] {
    const { work } = machine
    if (!this.options.allocate) return roundRobinTasks(work, this.context, OFFSET)
    return allocate(work, this.context, this.costs, this.setting.home, (expert) =>
      this.holders(machine, expert),
    )
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

  private noteKeeper(expert: number, die: number): void {
    const dies = this.keepers.get(expert)
    if (dies === undefined) this.keepers.set(expert, new Set([die]))
    else dies.add(die)
  }

  /** Whether an expert is predicted to follow any of those that a die computes now. */
  private predictions(tasks: readonly Task[]): (expert: number, die: number) => boolean {
    return (expert, die) => {
      // Most experts foretell themselves, and the die that fetches one computes it.
      if (this.map.foretells(expert, expert)) return true
      return tasks.some((task) => task.die === die && this.map.foretells(task.expert, expert))
    }
  }
}

/** Without allocation tasks go as in round-robin with its default offset. */
const OFFSET = roundRobin.options.offset!.default as number

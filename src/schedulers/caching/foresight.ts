// What a scheduler foretells of the experts that a cache keeps: how much each is worth, and which to read before they are asked for.
import { topExperts } from '../predictors/expectation.ts'
import { mostPredicted, type PredictorOptions, predictorOf } from '../predictors/options.ts'
import type { Predictor } from '../predictors/predictor.ts'
import type { AheadRead, Machine, SchedulerContext } from '../scheduler.ts'
import type { LayerWork } from '../work.ts'
import type { CacheRequest } from './cache.ts'

interface User {
  readonly die: number
  readonly channelDie: number | undefined
}

export interface ForesightSetting {
  readonly context: SchedulerContext
  readonly cache: CacheRequest
  /** Slices an expert is cut into. */
  readonly slices: number
  /** Experts read ahead for one die at most. */
  readonly perDie: number
  /**
   * Dies that would compute with an expert if what is expected came true, and the channel that each reads it through (undefined:
   * any); `expected`: as in Predictor.expected, `before`: the work whose tokens come.
   */
  readonly usersOf: (expected: Float64Array, before: LayerWork) => (expert: number) => readonly User[]
}

export class CacheForesight {
  private readonly setting: ForesightSetting
  private readonly predictor: Predictor
  private readonly most: number

  constructor(options: PredictorOptions, setting: ForesightSetting) {
    this.setting = setting
    this.predictor = predictorOf(options, setting.context)
    this.most = mostPredicted(options, setting.context.model.experts)
  }

  /** Learns an iteration as it starts, and says what is worth keeping from now on. */
  start(machine: Machine): void {
    const { iteration } = machine.work
    this.predictor.learn(machine.work)
    this.weigh(machine, iteration + 1, iteration)
  }

  /**
   * Items of the cache that the layer is expected to need in an iteration and does not have, the most expected expert first;
   * `before`: the work that the layer before starts now. A whole expert is called by its first slice.
   */
  wishes(before: LayerWork, iteration: number, machine: Pick<Machine, 'keeps' | 'weighKept'>): AheadRead[] {
    const { slices, cache, perDie, context } = this.setting
    const expected = this.weigh(machine, iteration, before.iteration)
    if (expected === undefined) return []
    const usersOf = this.setting.usersOf(expected, before)
    const items = cache.unit === 'expert' ? 1 : slices
    const [anyChannel] = context.hardware.memory.channelDies
    const taken = new Int32Array(before.dies)
    const reads: AheadRead[] = []
    for (const expert of topExperts(expected, this.most)) {
      const keepers = new Set<number>()
      for (const { die: user, channelDie } of usersOf(expert)) {
        const die = cache.place === 'sram' ? user : (channelDie ?? anyChannel!)
        if (keepers.has(die) || taken[die] === perDie) continue
        keepers.add(die)
        const missing = Array.from({ length: items }, (_, slice) => ({ expert, slice, die }))
          .filter((place) => !machine.keeps(place))
          .map((place) => ({ ...place, channelDie, into: 'cache' as const }))
        if (missing.length > 0) taken[die] = taken[die]! + 1
        reads.push(...missing)
      }
    }
    return reads
  }

  /** Returns what is expected; undefined: nothing is known. */
  private weigh(
    machine: Pick<Machine, 'weighKept'>,
    iteration: number,
    reached: number,
  ): Float64Array | undefined {
    const expected = this.predictor.expected(iteration, reached)
    const sum = expected?.reduce((so, tokens) => so + tokens, 0) ?? 0
    if (this.setting.cache.policy === 'benefit') {
      const shares = expected?.map((tokens) => (sum > 0 ? tokens / sum : 0))
      machine.weighKept(shares ?? new Float64Array(this.setting.context.model.experts))
    }
    return sum > 0 ? expected : undefined
  }
}

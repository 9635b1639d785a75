// How a die works through its experts under expert parallelism: load the weights of one while its tokens are gathered, then
// compute.
import type { Machine } from '../scheduler.ts'
import type { Task } from '../tasks.ts'
import { restingRuns } from '../work.ts'
import type { SharedTokens } from './shared-tokens.ts'

export interface WalkSetting {
  /** Slices that may be loading or waiting beyond the one at work. */
  readonly prefetch: number
  /** Results go back to the dies their tokens rest on. */
  readonly combine: boolean
  /** Channel die from which a die reads an expert; undefined = any. */
  readonly sourceOf: (expert: number, die: number) => number | undefined
}

/** One die's walk through the slices of its experts, in the order of its tasks. */
export class DieWalk {
  private readonly machine: Machine
  private readonly die: number
  private readonly tasks: readonly Task[]
  private readonly setting: WalkSetting
  private readonly shared: SharedTokens | undefined
  private readonly sliceCount: number
  private nextToLoad = 0
  private nextToCompute = 0
  private readonly arrived: Uint8Array
  private readonly tokensMissing: Int32Array
  private isComputing = false

  /** `shared` brings the tokens, and then somebody else says when they are there; absent: each expert asks for its own. */
  constructor(
    machine: Machine,
    die: number,
    tasks: readonly Task[],
    setting: WalkSetting,
    shared: SharedTokens | undefined,
  ) {
    this.machine = machine
    this.die = die
    this.tasks = tasks
    this.setting = setting
    this.shared = shared
    this.sliceCount = tasks.length * machine.slices
    this.arrived = new Uint8Array(this.sliceCount)
    this.tokensMissing = new Int32Array(tasks.length)
  }

  start(): void {
    while (
      this.nextToLoad < this.sliceCount &&
      this.nextToLoad - this.nextToCompute <= this.setting.prefetch
    ) {
      this.loadSlice(this.nextToLoad++)
    }
  }

  tokensAreHere(): void {
    this.computeNext()
  }

  waits(): string[] {
    if (this.nextToCompute === this.sliceCount) return []
    const { task, slice } = this.sliceAt(this.nextToCompute)
    const what = this.arrived[this.nextToCompute] === 0 ? 'its weights' : 'its tokens'
    return [`die ${this.die} waits for expert ${task.expert}, slice ${slice}: ${what}`]
  }

  private sliceAt(index: number): { task: Task; slice: number; place: number } {
    const place = Math.floor(index / this.machine.slices)
    return { task: this.tasks[place]!, slice: index % this.machine.slices, place }
  }

  private loadSlice(index: number): void {
    const { task, slice, place } = this.sliceAt(index)
    const { expert, die, fromPair, toPair } = task
    // Tokens first: room for them must not wait behind slices that in turn wait for these tokens to be computed.
    if (slice === 0 && this.shared === undefined) this.gather(task, place)
    const channelDie = this.setting.sourceOf(expert, die)
    this.machine.load({ expert, slice, channelDie, die, tokens: toPair - fromPair }, () => {
      this.arrived[index] = 1
      this.computeNext()
    })
  }

  private gather(task: Task, place: number): void {
    for (const { restingDie, fromPair, toPair } of this.runs(task)) {
      if (restingDie === this.die) continue
      this.tokensMissing[place] = this.tokensMissing[place]! + 1
      this.machine.gather({ expert: task.expert, fromPair, toPair, restingDie, die: this.die }, () => {
        this.tokensMissing[place] = this.tokensMissing[place]! - 1
        this.computeNext()
      })
    }
  }

  private computeNext(): void {
    const index = this.nextToCompute
    if (this.isComputing || index === this.sliceCount || this.arrived[index] === 0) return
    const { task, slice, place } = this.sliceAt(index)
    if (this.tokensMissing[place]! > 0 || this.shared?.isReady(this.die) === false) return
    const { expert, die, fromPair, toPair } = task
    this.isComputing = true
    this.machine.compute({ expert, slice, fromPair, toPair, die }, () => {
      this.isComputing = false
      this.nextToCompute++
      this.machine.releaseSlice(expert, slice, die)
      if (slice === this.machine.slices - 1) this.finish(task)
      if (this.nextToCompute === this.sliceCount) this.finishShared()
      this.start()
      this.computeNext()
    })
  }

  private finish(task: Task): void {
    if (this.shared !== undefined) return
    const { expert, die } = task
    this.machine.releaseTokens(expert, die)
    if (!this.setting.combine) return
    for (const { restingDie, fromPair, toPair } of this.runs(task)) {
      if (restingDie !== die)
        this.machine.combine({ expert, fromPair, toPair, die, restingDie }, () => undefined)
    }
  }

  private finishShared(): void {
    this.shared?.release(this.die)
    if (this.setting.combine) this.shared?.combine(this.die)
  }

  private runs({ fromPair, toPair }: Task) {
    return restingRuns(this.machine.work, fromPair, toPair)
  }
}

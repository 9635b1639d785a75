// How a die works through its experts where its kernels take them all at once: gather, one launch, combine.
import type { Machine } from '../scheduler.ts'
import type { Task } from '../tasks.ts'
import { restingRuns } from '../work.ts'
import type { SharedTokens } from './shared-tokens.ts'

export class DieLaunch {
  readonly die: number
  private readonly machine: Machine
  private readonly tasks: readonly Task[]
  private readonly combines: boolean
  private readonly shared: SharedTokens | undefined
  private tokensMissing = 0
  private isDone = false

  /** `shared` brings the tokens, and then somebody else says when they are there; absent: each expert asks for its own. */
  constructor(
    machine: Machine,
    die: number,
    tasks: readonly Task[],
    { combine, shared }: { combine: boolean; shared: SharedTokens | undefined },
  ) {
    this.machine = machine
    this.die = die
    this.tasks = tasks
    this.combines = combine
    this.shared = shared
  }

  start(): void {
    if (this.shared !== undefined) {
      if (this.shared.isReady(this.die)) this.tokensAreHere()
      return
    }
    for (const task of this.tasks) {
      if (this.machine.collect(task, () => this.tokensArrived())) this.tokensMissing++
    }
    if (this.tokensMissing === 0) this.tokensAreHere()
  }

  tokensAreHere(): void {
    const { machine, die, tasks } = this
    machine.launch({ die, tasks, sendsPairs: this.combines && this.shared === undefined }, () => {
      this.isDone = true
      if (this.shared === undefined) this.finish()
      else {
        this.shared.release(die)
        if (this.combines) this.shared.combine(die)
      }
    })
  }

  waits(): string[] {
    if (this.isDone) return []
    const isThere = this.shared?.isReady(this.die) ?? this.tokensMissing === 0
    return [`die ${this.die} waits for ${isThere ? 'its kernels' : 'its tokens'}`]
  }

  private tokensArrived(): void {
    this.tokensMissing--
    if (this.tokensMissing === 0) this.tokensAreHere()
  }

  private finish(): void {
    const { machine, die } = this
    for (const { expert, fromPair, toPair } of this.tasks) {
      machine.releaseTokens(expert, die)
      if (!this.combines) continue
      for (const run of restingRuns(machine.work, fromPair, toPair)) {
        if (run.restingDie !== die) machine.combine({ expert, ...run, die }, () => undefined)
      }
    }
  }
}

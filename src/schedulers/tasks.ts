// Runs tasks: (expert, some of its tokens) on a die, whichever die a scheduler chose, weights fetched from wherever they lie.
import type { Machine, SlicePlace } from './scheduler.ts'

export interface Task {
  readonly expert: number
  readonly fromPair: number
  readonly toPair: number
  readonly die: number
}

export interface TaskRunSetting {
  /** Slices that may be on a die or on their way to it at a time. */
  readonly window: number
  /** Channel die from which a slice is read for a die, asked when the read begins; undefined = any. */
  readonly sourceOf: (expert: number, slice: number, die: number) => number | undefined
  /** Whether a slice was read ahead into a die, so that asking for it takes no room of the window; absent = none was. */
  readonly isReadAhead?: (place: SlicePlace) => boolean
  /** Told when a slice has arrived on a die, before it is computed. */
  readonly onArrived?: (expert: number, slice: number, die: number) => void
}

/**
 * Starts all tasks, each die taking its own in the order given. A task's tokens are gathered when its first slice
 * is asked for; a slice is computed when both are there, and released. At most one task per (expert, die).
 */
export function runTasks(machine: Machine, tasks: readonly Task[], setting: TaskRunSetting): void {
  const byDie = new Map<number, Task[]>()
  for (const task of tasks) {
    const list = byDie.get(task.die)
    if (list === undefined) byDie.set(task.die, [task])
    else list.push(task)
  }
  for (const list of byDie.values()) new DieTasks(machine, list, setting).start()
}

class DieTasks {
  private readonly machine: Machine
  private readonly tasks: readonly Task[]
  private readonly setting: TaskRunSetting
  private asked = 0
  private inFlight = 0
  constructor(machine: Machine, tasks: readonly Task[], setting: TaskRunSetting) {
    this.machine = machine
    this.tasks = tasks
    this.setting = setting
  }

  start(): void {
    const { slices } = this.machine
    while (this.asked < this.tasks.length * slices) {
      const slice = this.asked % slices
      const task = this.tasks[Math.floor(this.asked / slices)]!
      if (this.inFlight >= this.setting.window && !this.isReadAhead(task, slice)) return
      this.asked++
      if (slice === 0) this.progress = new TaskProgress(this.machine, task)
      // Making room for the task's tokens may have cost the slice its place.
      const isCounted = !this.isReadAhead(task, slice)
      if (isCounted) this.inFlight++
      this.ask(task, slice, this.progress!, isCounted)
    }
  }

  /** Of the task whose slices are being asked for. */
  private progress: TaskProgress | undefined

  private isReadAhead({ expert, die }: Task, slice: number): boolean {
    return this.setting.isReadAhead?.({ expert, slice, die }) === true
  }

  private ask(task: Task, slice: number, progress: TaskProgress, isCounted: boolean): void {
    const { machine, setting } = this
    const { expert, die, fromPair, toPair } = task
    machine.load(
      { expert, slice, channelDie: setting.sourceOf(expert, slice, die), die, tokens: toPair - fromPair },
      () => {
        setting.onArrived?.(expert, slice, die)
        if (progress.areTokensHere) this.compute(task, slice, progress, isCounted)
        else progress.whenTokensAreHere(() => this.compute(task, slice, progress, isCounted))
      },
    )
  }

  private compute(task: Task, slice: number, progress: TaskProgress, isCounted: boolean): void {
    const { machine } = this
    const { expert, die, fromPair, toPair } = task
    machine.compute({ expert, slice, fromPair, toPair, die }, () => {
      machine.releaseSlice(expert, slice, die)
      progress.sliceDone()
      if (isCounted) this.inFlight--
      this.start()
    })
  }
}

/** Tokens and slices of one task. */
class TaskProgress {
  private readonly machine: Machine
  private readonly task: Task
  private isWaiting: boolean
  private slicesDone = 0
  private waiting: (() => void)[] = []

  constructor(machine: Machine, task: Task) {
    this.machine = machine
    this.task = task
    this.isWaiting = machine.collect(task, () => this.tokensArrived())
  }

  get areTokensHere(): boolean {
    return !this.isWaiting
  }

  whenTokensAreHere(action: () => void): void {
    this.waiting.push(action)
  }

  sliceDone(): void {
    if (++this.slicesDone === this.machine.slices) this.machine.releaseTokens(this.task.expert, this.task.die)
  }

  private tokensArrived(): void {
    this.isWaiting = false
    for (const action of this.waiting) action()
  }
}

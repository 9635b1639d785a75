// How a die works through its slices: as many on their way as its window allows, computed in turn as they and their tokens arrive.
import type { Machine } from '../scheduler.ts'
import { expertFrom, expertTo } from '../work.ts'
import type { DieTokens } from './die-tokens.ts'
import type { SliceJob } from './order.ts'

export interface WorkerSetting {
  readonly die: number
  readonly jobs: readonly SliceJob[]
  /** Experts of the jobs, by place as in DieTokens. */
  readonly experts: readonly number[]
  readonly tokens: DieTokens
  /** Slices loading, waiting or at work at a time. */
  readonly window: number
  /** Channel through which it reads; undefined = any. */
  readonly source: number | undefined
  readonly combine: boolean
}

export class DieWorker {
  private readonly machine: Machine
  private readonly setting: WorkerSetting
  private readonly placeOf: ReadonlyMap<number, number>
  private readonly slicesLeft: Int32Array
  private nextToLoad = 0
  private done = 0
  /** Jobs whose slice has arrived, in the order of the jobs. */
  private readonly ready: number[] = []
  private isComputing = false

  constructor(machine: Machine, setting: WorkerSetting) {
    this.machine = machine
    this.setting = setting
    this.placeOf = new Map(setting.experts.map((expert, place) => [expert, place]))
    this.slicesLeft = new Int32Array(setting.experts.length)
    for (const { part } of setting.jobs) {
      const place = this.placeOf.get(part.expert)!
      this.slicesLeft[place] = this.slicesLeft[place]! + 1
    }
  }

  /** Asks for the next slice, if there is one and the window has room for it. */
  askNext(): boolean {
    const { jobs, window } = this.setting
    if (this.nextToLoad === jobs.length || this.nextToLoad - this.done >= window) return false
    this.load(this.nextToLoad++)
    return true
  }

  /** Something that was waited for may be here. */
  computeNext(): void {
    const { jobs, tokens } = this.setting
    if (this.isComputing) return
    const at = this.ready.findIndex((job) => tokens.areHere(this.placeOf.get(jobs[job]!.part.expert)!))
    if (at < 0) return
    const [job] = this.ready.splice(at, 1)
    this.compute(jobs[job!]!)
  }

  waits(): string[] {
    const { die, jobs } = this.setting
    if (this.done === jobs.length) return []
    const [first] = this.ready
    if (first === undefined) return [`die ${die} waits for ${this.nextToLoad - this.done} slices`]
    return [`die ${die} waits for the tokens of expert ${jobs[first]!.part.expert}`]
  }

  private load(index: number): void {
    const { die, source, jobs } = this.setting
    const { part, slice } = jobs[index]!
    const { expert, tokens, slices } = part
    this.machine.load({ expert, slice, channelDie: source, die, tokens, slicesHere: slices.length }, () => {
      const after = this.ready.findIndex((other) => other > index)
      this.ready.splice(after < 0 ? this.ready.length : after, 0, index)
      this.computeNext()
    })
  }

  private compute({ part, slice }: SliceJob): void {
    const { machine } = this
    const { die, tokens, combine } = this.setting
    const { expert } = part
    const place = this.placeOf.get(expert)!
    const { work } = machine
    this.isComputing = true
    const job = { expert, slice, fromPair: expertFrom(work, expert), toPair: expertTo(work, expert), die }
    machine.compute(job, () => {
      this.isComputing = false
      this.done++
      machine.releaseSlice(expert, slice, die)
      this.slicesLeft[place] = this.slicesLeft[place]! - 1
      if (this.slicesLeft[place] === 0) tokens.finish(place, combine)
      this.askNext()
      this.computeNext()
    })
  }
}

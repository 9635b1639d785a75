// A layer's run with repetitions, in each of which one message of every iteration is a cycle late: how much of a result is chance.
import { randomStream } from '../engine/random.ts'
import { asDoneBy } from '../schedulers/added.ts'
import type { Scheduler } from '../schedulers/scheduler.ts'
import type { LayerOptimum } from './layer-optimum.ts'
import type { LayerMachine } from './machine/machine.ts'
import type { Totals } from './metrics/totals.ts'

/** A scheduler on a machine of its own. */
export interface LayerRun {
  readonly scheduler: Scheduler
  readonly machine: LayerMachine
  readonly totals: Totals
  /** Absent: nobody asks. */
  readonly optimum?: LayerOptimum | undefined
}

export interface JitterSetting {
  readonly repetitions: number
  readonly seed: number
}

export class RepeatedRun {
  /** The run itself: what is reported. */
  readonly run: LayerRun
  private readonly name: string
  private readonly repetitions: readonly Repetition[]
  private readonly laterPs: Float64Array

  /** `name`: of the scheduler. `begin` sets up a run; `isRepeated`: one whose messages are counted and can be held back. */
  constructor(
    name: string,
    begin: (isRepeated: boolean) => LayerRun,
    layer: number,
    { repetitions, seed }: JitterSetting = { repetitions: 0, seed: 0 },
  ) {
    this.name = name
    this.run = asDoneBy(name, () => begin(repetitions > 0))
    this.repetitions = Array.from({ length: repetitions }, (_, i) => ({
      run: asDoneBy(name, () => begin(true)),
      random: randomStream(seed, `late message in layer ${layer}, repetition ${i}`),
    }))
    this.laterPs = new Float64Array(repetitions)
  }

  /** The run itself, then each repetition; every one has its number. `step` runs an iteration and returns its latency in ps. */
  iterate(step: (run: LayerRun, repetition: number) => number): void {
    asDoneBy(this.name, () => this.iterateAll(step))
  }

  /** By number, as `iterate` counts. */
  numbered(repetition: number): LayerRun {
    return repetition === 0 ? this.run : this.repetitions[repetition - 1]!.run
  }

  /** `totals`: of the run itself, after all iterations. */
  withRepetitions(totals: Totals): Totals {
    totals.laterPs = this.laterPs
    return totals
  }

  private iterateAll(step: (run: LayerRun, repetition: number) => number): void {
    const { late } = this.run.machine
    const before = late?.sent ?? 0
    const latencyPs = step(this.run, 0)
    const messages = (late?.sent ?? 0) - before
    this.repetitions.forEach(({ run, random }, i) => {
      if (messages > 0) run.machine.late?.holdBack(Math.floor(random() * messages))
      this.laterPs[i] = this.laterPs[i]! + step(run, i + 1) - latencyPs
    })
  }
}

interface Repetition {
  readonly run: LayerRun
  readonly random: () => number
}

// The compute units of dies: jobs of one slice of an expert each, and launches that work through several experts.
import { onLastOf } from '../../engine/last-of.ts'
import { durationPs, type EventLoop } from '../../engine/loop.ts'
import { Rank } from '../../engine/ranks.ts'
import type { Station } from '../../engine/station.ts'
import { invariant } from '../../errors.ts'
import { computePs, pieceOfJobPs } from '../../hardware/compute.ts'
import { resultSumPs } from '../../hardware/exchange.ts'
import { kernelMemory } from '../../hardware/kernel.ts'
import type { Package } from '../../hardware/package.ts'
import { flopPerToken, tokenBytes } from '../../model/shape.ts'
import type { ComputeJob, Launch, PairRange, Scheduler } from '../../schedulers/scheduler.ts'
import type { Ahead } from '../ahead/layer-ahead.ts'
import type { Probe } from '../probe.ts'
import type { Books } from './books.ts'
import type { Cached } from './cached.ts'
import type { Channels } from './channels.ts'
import type { Holdings } from './holdings.ts'
import { type LaunchPart, LaunchSpans, launchParts, launchPs } from './launch.ts'
import { stationOf } from './stations.ts'
import type { Traffic } from './traffic.ts'

export interface UnitSetting {
  readonly pkg: Package
  readonly scheduler: Scheduler
  readonly loop: EventLoop
  readonly channels: Channels
  readonly holdings: Holdings
  readonly traffic: Traffic
  readonly probe: Probe | undefined
  readonly bytesOfSlice: readonly number[]
  readonly ahead: Pick<Ahead, 'noteProgress'>
  readonly cached: Cached | undefined
}

export class Units {
  private readonly setting: UnitSetting
  private readonly stations: readonly Station[]
  private readonly spans: LaunchSpans | undefined
  /** FLOPs of one token in one expert. */
  private readonly tokenFlop: number

  constructor(setting: UnitSetting) {
    const { pkg, loop, probe } = setting
    this.setting = setting
    this.spans = probe && new LaunchSpans(loop, probe)
    this.stations = Array.from({ length: pkg.topology.dies }, () => stationOf(pkg, loop, Rank.compute))
    this.tokenFlop = flopPerToken(pkg.model)
  }

  compute<Job extends ComputeJob>(job: Job, books: Books, onDone: (job: Job) => void): void {
    const { pkg, bytesOfSlice, scheduler } = this.setting
    const { expert, slice, die, controlPs = 0 } = job
    const tokens = books.residency.assertComputable(job)
    const { compute } = pkg.hardware
    // The forecasting paper looks at tokens alone.
    const ofJob = pkg.compat === 'paper' ? pieceOfJobPs : computePs
    const jobPs = ofJob(compute, pkg.model, tokens, bytesOfSlice.length)
    // Work of a die that is not the weights' home may go first.
    const isUrgent = scheduler.home(expert, slice) !== die
    this.occupy(die, isUrgent, controlPs + jobPs, () => {
      this.finish(job, books, tokens, jobPs)
      onDone(job)
      this.setting.ahead.noteProgress()
    })
  }

  private finish(job: ComputeJob, books: Books, tokens: number, jobPs: number): void {
    const { loop, probe, bytesOfSlice, cached } = this.setting
    const { expert, slice, die, morePairs, controlPs = 0 } = job
    books.residency.assertHere(die, expert, slice)
    book(books, job, job)
    if (morePairs !== undefined) for (const pairs of morePairs) book(books, job, pairs)
    this.traffic.sramBytes += bytesOfSlice[slice]!
    this.count(die, tokens)
    const endPs = loop.nowPs
    const startPs = endPs - jobPs
    probe?.span({ kind: 'compute', die, peer: die, startPs, endPs, expert, slice, tokens, bytes: 0 })
    cached?.noteCompute(job, endPs - jobPs - controlPs, endPs)
  }

  /** The unit is taken for as long as the kernels run, which is no less than the die's channel takes for what they read. */
  launch(job: Launch, books: Books, onDone: () => void): void {
    const { pkg, channels, bytesOfSlice } = this.setting
    const { die, tasks } = job
    invariant(bytesOfSlice.length === 1, 'kernels are launched for whole experts')
    for (const { expert, fromPair, toPair } of tasks)
      books.residency.assertTokens(expert, fromPair, toPair, die)
    const parts = launchParts(pkg, job)
    const bytes = this.countReads(die, parts)
    const bothDone = onLastOf(2, () => {
      for (const { expert, fromPair, toPair } of tasks) {
        books.ledger.book(expert, 0, fromPair, toPair)
        books.results.computed(die, expert, 0, { fromPair, toPair })
        this.count(die, toPair - fromPair)
      }
      // Through on-chip buffers once in and once out.
      this.traffic.sramBytes += 2 * bytesOfSlice[0]! * parts.length
      onDone()
    })
    channels.access(die, bytes, {
      onStart: (startPs, freePs) => this.spans?.reads(die, parts, startPs, freePs),
      onDone: bothDone,
    })
    const ps = launchPs(pkg, job, books.work)
    const onStart = (startPs: number) => this.spans?.computes(die, parts, startPs, startPs + ps)
    this.occupy(die, false, ps, bothDone, onStart)
  }

  /** Results of so many tokens have come to a die whose activations rest in memory: kernels add them up. */
  addUp(die: number, tokens: number, onDone: () => void): void {
    const { hardware, model } = this.setting.pkg
    if (hardware.compute.kind !== 'kernel' || hardware.activations === 'sram') {
      onDone()
      return
    }
    const ps = durationPs(resultSumPs(kernelMemory(hardware), tokens * tokenBytes(model)), 1)
    this.occupy(die, false, ps, onDone)
  }

  private get traffic(): Traffic {
    return this.setting.traffic
  }

  private occupy(
    die: number,
    isUrgent: boolean,
    ps: number,
    onDone: () => void,
    onStart?: (startPs: number) => void,
  ): void {
    this.stations[die]!.take({ isUrgent, occupiedPs: ps, latencyPs: 0, onStart, onDone })
  }

  private count(die: number, tokens: number): void {
    const { pkg, bytesOfSlice } = this.setting
    const { dieFlop } = this.traffic
    dieFlop[die] = dieFlop[die]! + (this.tokenFlop * tokens) / bytesOfSlice.length
    this.traffic.sramBytes += 2 * tokens * tokenBytes(pkg.model)
  }

  /** As loads of whole experts. Returns all bytes. */
  private countReads(die: number, parts: readonly LaunchPart[]): number {
    const { holdings, traffic } = this.setting
    let bytes = 0
    for (const { expert, tokens, weightBytes, activationBytes } of parts) {
      holdings.noteLoad({ expert, slice: 0, channelDie: die, die, tokens }, traffic)
      traffic.weightReadBytes += weightBytes
      traffic.activationReadBytes += activationBytes
      bytes += weightBytes + activationBytes
    }
    return bytes
  }
}

/** Some pairs of a job are computed. */
function book({ ledger, results }: Books, { expert, slice, die }: ComputeJob, pairs: PairRange): void {
  ledger.book(expert, slice, pairs.fromPair, pairs.toPair)
  results.computed(die, expert, slice, pairs)
}

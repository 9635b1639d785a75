// The machine: load, send, compute, reserve, release on one package, counted and checked.
import { EventLoop } from '../../engine/loop.ts'
import { Rank } from '../../engine/ranks.ts'
import type { Fabric } from '../../hardware/fabric.ts'
import { buildFabric } from '../../hardware/fabrics.ts'
import { LateFabric } from '../../hardware/late-fabric.ts'
import type { Package } from '../../hardware/package.ts'
import { sliceBytes, tokenBytes } from '../../model/shape.ts'
import type {
  AfarJob,
  ComputeJob,
  Launch,
  Machine,
  PairRange,
  Scheduler,
  SharedMove,
  SliceForward,
  SliceLoad,
  SlicePlace,
  TokenMove,
  Told,
  WeightMove,
} from '../../schedulers/scheduler.ts'
import type { LayerWork } from '../../schedulers/work.ts'
import { Ahead } from '../ahead/layer-ahead.ts'
import type { Foresight } from '../ahead/read-ahead.ts'
import type { LayerCache } from '../cache/layer-cache.ts'
import { fillObserver, type Probe } from '../probe.ts'
import type { Books } from './books.ts'
import { SliceBuffers } from './buffers.ts'
import { Cached } from './cached.ts'
import { Channels } from './channels.ts'
import { Fetcher } from './fetch.ts'
import { Forwards } from './forwards.ts'
import { Holdings } from './holdings.ts'
import { Inputs } from './inputs.ts'
import { assertComplete, assertEmpty } from './layer-end.ts'
import { Ledger } from './ledger.ts'
import { type LoadSetting, Loads } from './loads.ts'
import { Messenger } from './messenger.ts'
import { Residency } from './residency.ts'
import { Results } from './results.ts'
import { Sram } from './sram.ts'
import { Tiers } from './tiers.ts'
import { type TokenSetting, Tokens, tokenSetting } from './tokens.ts'
import { Traffic } from './traffic.ts'
import { Units } from './units.ts'

/** One MoE layer's machine, from iteration to iteration. Its clock runs on; buffers are empty in between. */
export class LayerMachine implements Machine {
  readonly slices: number
  readonly traffic: Traffic
  readonly sram: Sram
  readonly holdings: Holdings
  readonly ahead: Ahead
  /** Only where it is asked for. */
  readonly late: LateFabric | undefined
  /** Absent: nothing stays on dies. */
  readonly cached: Cached | undefined
  /** Absent: weights lie in the memories at dies. */
  readonly tiers: Tiers | undefined
  private current!: LayerWork
  private ledger!: Ledger
  private residency!: Residency
  private buffers!: SliceBuffers
  private tokens!: Tokens
  private results!: Results
  private inputs!: Inputs
  private forwards!: Forwards
  private loads!: Loads
  private books!: Books
  private readonly pkg: Package
  private readonly scheduler: Scheduler
  private readonly probe: Probe | undefined
  private readonly loop = new EventLoop()
  private readonly fabric: Fabric
  private readonly messenger: Messenger
  private readonly channels: Channels
  private readonly fetcher: Fetcher
  private readonly units: Units
  private readonly bytesOfSlice: readonly number[]
  private readonly loadSetting: LoadSetting
  private readonly tokenSetting: TokenSetting

  /** `isRepeated`: its messages are counted, and one can be held back; `cache`: what stays on dies between iterations. */
  constructor(pkg: Package, scheduler: Scheduler, probe?: Probe, isRepeated = false, cache?: LayerCache) {
    this.pkg = pkg
    this.scheduler = scheduler
    this.probe = probe
    const { hardware, topology, model } = pkg
    this.slices = scheduler.slices
    this.traffic = new Traffic(topology.dies)
    this.sram = new Sram(topology.dies, hardware.sramBytes, cache?.sramBytes)
    this.sram.onFill = fillObserver(probe, this.loop)
    this.holdings = new Holdings(pkg, scheduler)
    const links = buildFabric(hardware.link, topology, this.loop)
    this.late = isRepeated ? new LateFabric(hardware.link, links, this.loop) : undefined
    this.fabric = this.late ?? links
    this.bytesOfSlice = Array.from({ length: this.slices }, (_, s) => sliceBytes(model, this.slices, s))
    const { loop, sram, fabric, traffic, bytesOfSlice } = this
    this.messenger = new Messenger(topology, loop, fabric, traffic, probe)
    this.channels = new Channels(pkg, loop, traffic)
    const { messenger, channels } = this
    const largestSliceBytes = Math.max(...bytesOfSlice)
    const reads = { pkg, loop, fabric, messenger, channels, traffic, probe, largestSliceBytes }
    this.fetcher = new Fetcher(reads)
    const { holdings, fetcher } = this
    const behind = hardware.memory.tiers
    this.tiers = behind && new Tiers({ pkg, loop, channels, probe, slices: this.slices }, behind)
    const { tiers } = this
    this.ahead = new Ahead({ loop, sram, channels, fetcher, traffic, bytesOfSlice, tiers }, holdings)
    this.cached = cache && new Cached({ loop, holdings, dies: topology.dies, bytesOfSlice, tiers, cache })
    const { ahead, cached } = this
    const work = { pkg, scheduler, loop, channels, traffic, probe, bytesOfSlice, holdings, ahead, cached }
    this.units = new Units(work)
    const load = { loop, scheduler, channels, fetcher, holdings, traffic, bytesOfSlice, ahead, cached, tiers }
    this.loadSetting = load
    this.tokenSetting = tokenSetting(pkg, loop, sram, messenger)
  }

  get nowPs(): number {
    return this.loop.nowPs
  }

  get work(): LayerWork {
    return this.current
  }

  /**
   * Runs one iteration of the layer to its last event; returns its latency in ps. With `foresight` it reads ahead for the next
   * layer, after its own last event too, and leaves what it has read in `ahead.left`.
   */
  runIteration(work: LayerWork, foresight?: Foresight): number {
    this.current = work
    this.holdings.enter(work.iteration)
    this.ledger = new Ledger(work, this.slices)
    this.residency = new Residency(work, this.slices)
    this.buffers = new SliceBuffers(this.loop, this.sram, this.residency, this.bytesOfSlice, this.probe)
    this.results = new Results(work)
    this.books = { work, residency: this.residency, ledger: this.ledger, results: this.results }
    this.tokens = new Tokens(this.tokenSetting, work, this.residency, this.results)
    this.inputs = new Inputs(this.pkg, this.slices)
    const { buffers, residency, inputs, messenger, fetcher, traffic, bytesOfSlice } = this
    this.forwards = new Forwards({ buffers, residency, inputs, messenger, fetcher, traffic, bytesOfSlice })
    this.loads = new Loads(this.loadSetting, { work, buffers, residency, inputs })
    this.fetcher.clearCaches()
    const startPs = this.loop.nowPs
    this.cached?.begin(work, startPs, this.ahead.coming, foresight)
    this.tiers?.begin()
    this.tokens.rest()
    this.ahead.begin(foresight, { ledger: this.ledger, buffers, residency })
    this.scheduler.startLayer(this)
    this.loop.run()
    assertComplete(this.ledger, this.residency, this.sram, this.fabric, this.scheduler)
    this.results.assertHome()
    this.inputs.assertWhole()
    const endPs = this.ahead.end()
    this.cached?.end()
    this.tokens.leave()
    assertEmpty(this.sram, work.layer, this.pkg.topology.dies)
    this.scheduler.endLayer?.(this)
    return endPs - startPs
  }

  load(job: SliceLoad, onArrived: () => void, onLeft?: () => void): void {
    this.loads.load(job, onArrived, onLeft)
  }

  staysAfar(job: AfarJob): boolean {
    const isAfar = this.cached?.staysAfar(job, this.scheduler.home(job.expert, 0)) === true
    if (isAfar) this.loads.noteAfar(job.expert)
    return isAfar
  }

  computeAfar(job: AfarJob, onDone: () => void): void {
    this.tiers!.compute(job, this.books, () => {
      onDone()
      this.ahead.noteProgress()
    })
  }

  forward<Job extends SliceForward>(job: Job, onSent: Told<Job>, onArrived: Told<Job>): void {
    this.forwards.forward(job, onSent, onArrived)
  }

  gather(job: TokenMove, onArrived: () => void): void {
    this.countTokenCopies(job.toPair - job.fromPair)
    this.tokens.gather(job, onArrived)
  }

  collect(job: Omit<TokenMove, 'restingDie'>, onArrived: () => void): boolean {
    return this.tokens.collect(job, (move, onMoved) => this.gather(move, onMoved), onArrived)
  }

  compute<Job extends ComputeJob>(job: Job, onDone: Told<Job>): void {
    this.units.compute(job, this.books, onDone)
  }

  launch(job: Launch, onDone: () => void): void {
    this.units.launch(job, this.books, onDone)
  }

  combine(job: TokenMove, onArrived: () => void): void {
    const tokens = job.toPair - job.fromPair
    this.countTokenCopies(tokens)
    const isAdded = this.ahead.trailed(onArrived)
    this.tokens.combine(job, () => this.units.addUp(job.restingDie, tokens, isAdded))
  }

  gatherShared(job: SharedMove, onArrived: () => void): void {
    this.countTokenCopies(job.tokens)
    this.tokens.gatherShared(job, onArrived)
  }

  releaseShared(job: SharedMove): void {
    this.tokens.releaseShared(job)
  }

  combineShared(job: SharedMove, onArrived: () => void): void {
    this.countTokenCopies(job.tokens)
    const isAdded = this.ahead.trailed(onArrived)
    this.tokens.combineShared(job, () => this.units.addUp(job.to, job.tokens, isAdded))
  }

  soon(decide: () => void): void {
    this.later(0, decide)
  }

  later(delayPs: number, decide: () => void): void {
    this.loop.after(delayPs, Rank.decide, decide)
  }

  releaseSlice(expert: number, slice: number, die: number): void {
    this.buffers.release(expert, slice, die)
    this.ahead.retry()
  }

  releaseTokens(expert: number, die: number, pairs?: PairRange): void {
    this.tokens.release(expert, die, pairs)
  }

  rotate<Job extends SliceForward>(jobs: readonly Job[], onSent: Told<Job>, onArrived: Told<Job>): void {
    this.forwards.rotate(jobs, onSent, onArrived)
  }

  keepReplica(expert: number, slice: number, die: number): boolean {
    this.residency.assertHere(die, expert, slice)
    const bytes = this.bytesOfSlice[slice]!
    if (!this.holdings.keepReplica(expert, slice, die, bytes)) return false
    const isAway = this.scheduler.home(expert, slice) !== die
    this.fetcher.writeReplica(
      { expert, slice, die, bytes, isAway },
      this.ahead.trailed(() => undefined),
    )
    return true
  }

  moveWeights(moves: readonly WeightMove[], isAwaited: boolean, onMoved: () => void): void {
    this.fetcher.moveWeights(moves, isAwaited, this.ahead.trailed(onMoved))
  }

  weighKept(shares: Float64Array): void {
    this.cached?.weigh(shares)
  }

  keeps(place: SlicePlace): boolean {
    return this.cached?.keeps(place) === true
  }

  hasReplica(expert: number, slice: number, die: number): boolean {
    return this.holdings.hasReplica(expert, slice, die)
  }

  /** Read on one die, written on the other. */
  private countTokenCopies(tokens: number): void {
    const { model, compat } = this.pkg
    if (compat !== 'paper') this.traffic.sramBytes += 2 * tokens * tokenBytes(model)
  }
}

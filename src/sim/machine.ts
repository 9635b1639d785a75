// The machine: load, send, compute, reserve, release on one package, counted and checked.
import { EventLoop } from '../engine/loop.ts'
import { Rank } from '../engine/ranks.ts'
import { Server } from '../engine/server.ts'
import { invariant } from '../errors.ts'
import { computePs } from '../hardware/compute.ts'
import type { Fabric } from '../hardware/fabric.ts'
import { buildFabric } from '../hardware/fabrics.ts'
import type { HardwareSpec } from '../hardware/spec.ts'
import type { Topology } from '../hardware/topology.ts'
import {
  activationTrafficBytes,
  flopPerToken,
  type ModelShape,
  sliceBytes,
  tokenBytes,
} from '../model/shape.ts'
import type { Compat, Machine, RotationMove, Scheduler } from '../schedulers/scheduler.ts'
import type { LayerWork } from '../schedulers/work.ts'
import { SliceBuffers } from './buffers.ts'
import { Fetcher } from './fetch.ts'
import { assertComplete } from './layer-end.ts'
import { Ledger } from './ledger.ts'
import { Messenger } from './messenger.ts'
import type { Probe } from './probe.ts'
import { Replicas } from './replicas.ts'
import { Residency } from './residency.ts'
import { Sram } from './sram.ts'
import { Traffic } from './traffic.ts'

export interface MachineSetup {
  readonly hardware: HardwareSpec
  readonly topology: Topology
  readonly model: ModelShape
  readonly compat: Compat
  readonly scheduler: Scheduler
  readonly probe?: Probe | undefined
}

/** One MoE layer's machine, from iteration to iteration. Its clock runs on; buffers are empty in between. */
export class LayerMachine implements Machine {
  readonly slices: number
  readonly traffic: Traffic
  readonly sram: Sram
  readonly replicas: Replicas
  private current!: LayerWork
  private ledger!: Ledger
  private residency!: Residency
  private buffers!: SliceBuffers
  /** Bytes of token copies by (die, expert). */
  private readonly copies = new Map<number, number>()
  private readonly setup: MachineSetup
  private readonly loop = new EventLoop()
  private readonly fabric: Fabric
  private readonly messenger: Messenger
  private readonly fetcher: Fetcher
  private readonly units: Server[]
  private readonly bytesOfSlice: readonly number[]
  private readonly tokenBytes: number
  /** Share of each expert's weights whose home is each die: [expert][die]. */
  private readonly homeShare: Float64Array

  constructor(setup: MachineSetup) {
    this.setup = setup
    const { hardware, topology, model, scheduler, probe, compat } = setup
    this.slices = scheduler.slices
    this.traffic = new Traffic(topology.dies)
    this.sram = new Sram(topology.dies, hardware.sramBytes)
    this.replicas = new Replicas(topology.dies, scheduler.replicaBudgetBytes ?? 0)
    this.fabric = buildFabric(hardware.link, topology, this.loop)
    this.units = Array.from({ length: topology.dies }, () => new Server(this.loop, Rank.compute))
    this.bytesOfSlice = Array.from({ length: this.slices }, (_, s) => sliceBytes(model, this.slices, s))
    this.tokenBytes = tokenBytes(model)
    this.homeShare = homeShares(scheduler, model.experts, topology.dies)
    this.messenger = new Messenger(topology, this.loop, this.fabric, this.traffic, probe)
    this.fetcher = new Fetcher({
      hardware,
      topology,
      loop: this.loop,
      fabric: this.fabric,
      messenger: this.messenger,
      traffic: this.traffic,
      probe,
      largestSliceBytes: Math.max(...this.bytesOfSlice),
      activationsOnlyLocally: compat === 'paper',
    })
  }

  get nowPs(): number {
    return this.loop.nowPs
  }

  get work(): LayerWork {
    return this.current
  }

  /** Runs one iteration of the layer to its last event; returns its latency in ps. */
  runIteration(work: LayerWork): number {
    const { scheduler, topology, model, probe } = this.setup
    this.current = work
    this.ledger = new Ledger(work, this.slices)
    this.residency = new Residency(topology.dies, model.experts, this.slices, work.pairToken.length)
    this.buffers = new SliceBuffers(this.loop, this.sram, this.residency, this.bytesOfSlice, probe)
    this.fetcher.clearCaches()
    const startPs = this.loop.nowPs
    const restingBytes = this.restTokens()
    scheduler.startLayer(this)
    this.loop.run()
    assertComplete(this.ledger, this.residency, this.sram, this.fabric, scheduler)
    restingBytes.forEach((bytes, die) => {
      this.sram.release(die, 'tokens', bytes)
    })
    for (let die = 0; die < topology.dies; die++) {
      invariant(
        this.sram.usedBytes(die) === 0,
        () => `layer ${work.layer}: die ${die} still holds buffers at the end`,
      )
    }
    scheduler.endLayer?.(this)
    return this.loop.nowPs - startPs
  }

  load(
    expert: number,
    slice: number,
    channelDie: number,
    die: number,
    tokens: number,
    onArrived: () => void,
  ): void {
    const { hardware, model } = this.setup
    invariant(tokens > 0, 'a slice was loaded for no tokens')
    this.assertHeld(expert, slice, channelDie)
    if (channelDie !== die) this.traffic.remoteLoads++
    else if (this.hasReplica(expert, slice, die)) this.traffic.replicaLoads++
    const bytes = this.bytesOfSlice[slice]!
    const activationBytes =
      hardware.activations === 'memory' ? Math.round(activationTrafficBytes(model, tokens) / this.slices) : 0
    this.traffic.sliceLoads++
    this.buffers.claim(expert, slice, die, 'weights', (arrive) => {
      this.fetcher.fetch(
        { expert, slice, slices: this.slices, bytes, tokens, activationBytes, source: channelDie, die },
        () => {
          arrive()
          onArrived()
        },
      )
    })
  }

  forward(
    expert: number,
    slice: number,
    from: number,
    to: number,
    onSent: () => void,
    onArrived: () => void,
  ): void {
    this.residency.assertHere(from, expert, slice)
    this.buffers.claim(expert, slice, to, 'receive', (arrive) => {
      const bytes = this.bytesOfSlice[slice]!
      const arrived = () => {
        arrive()
        onArrived()
      }
      this.messenger.send({ expert, slice, tokens: 0, bytes, from, to, onSent, onArrived: arrived })
    })
  }

  gather(
    expert: number,
    fromPair: number,
    toPair: number,
    owner: number,
    die: number,
    onArrived: () => void,
  ): void {
    const { hardware, compat } = this.setup
    const tokens = toPair - fromPair
    const arrive = () => {
      this.residency.copyTokens(fromPair, toPair, die)
      onArrived()
    }
    if (compat === 'paper') {
      // The forecasting paper's activations have no home die and cost nothing to move.
      this.loop.after(0, Rank.handOver, arrive)
      return
    }
    const bytes = tokens * this.tokenBytes
    const bufferBytes = hardware.activations === 'sram' ? bytes : 0
    this.sram.reserve(die, 'tokens', bufferBytes, () => {
      const key = die * this.current.experts + expert
      this.copies.set(key, (this.copies.get(key) ?? 0) + bufferBytes)
      this.messenger.send({ expert, slice: -1, tokens, bytes, from: owner, to: die, onArrived: arrive })
    })
  }

  compute(
    expert: number,
    slice: number,
    fromPair: number,
    toPair: number,
    die: number,
    onDone: () => void,
  ): void {
    const { hardware, model, probe } = this.setup
    const { tokenDie, pairToken } = this.current
    const tokens = toPair - fromPair
    this.residency.assertHere(die, expert, slice)
    for (let pair = fromPair; pair < toPair; pair++) {
      this.residency.assertToken(pair, tokenDie[pairToken[pair]!]!, die)
    }
    const startPs = this.units[die]!.submit(
      computePs(hardware.compute, model, tokens, this.slices),
      0,
      () => {
        this.residency.assertHere(die, expert, slice)
        this.ledger.book(expert, slice, fromPair, toPair)
        this.traffic.dieFlop[die] = this.traffic.dieFlop[die]! + (flopPerToken(model) * tokens) / this.slices
        const endPs = this.loop.nowPs
        probe?.span({ kind: 'compute', die, peer: die, startPs, endPs, expert, slice, tokens, bytes: 0 })
        onDone()
      },
    )
  }

  combine(
    expert: number,
    fromPair: number,
    toPair: number,
    die: number,
    owner: number,
    onArrived: () => void,
  ): void {
    const tokens = toPair - fromPair
    const bytes = tokens * this.tokenBytes
    if (this.setup.compat === 'paper') this.loop.after(0, Rank.handOver, onArrived)
    else this.messenger.send({ expert, slice: -1, tokens, bytes, from: die, to: owner, onArrived })
  }

  soon(decide: () => void): void {
    this.loop.after(0, Rank.decide, decide)
  }

  releaseSlice(expert: number, slice: number, die: number): void {
    this.buffers.release(expert, slice, die)
  }

  releaseTokens(expert: number, die: number): void {
    const key = die * this.current.experts + expert
    const bytes = this.copies.get(key)
    if (bytes === undefined) return
    this.copies.delete(key)
    this.sram.release(die, 'tokens', bytes)
  }

  rotate(moves: readonly RotationMove[]): void {
    this.buffers.rotate(moves)
    for (const { expert, slice, from, to, onSent, onArrived } of moves) {
      const arrived = () => {
        this.residency.arrive(to, expert, slice)
        onArrived()
      }
      const bytes = this.bytesOfSlice[slice]!
      this.messenger.send({ expert, slice, tokens: 0, bytes, from, to, onSent, onArrived: arrived })
    }
  }

  keepReplica(expert: number, slice: number, die: number): boolean {
    this.residency.assertHere(die, expert, slice)
    const bytes = this.bytesOfSlice[slice]!
    if (!this.replicas.keep(die, expert * this.slices + slice, bytes)) return false
    this.traffic.replicaWriteBytes += bytes
    this.fetcher.access(die, bytes, () => undefined)
    return true
  }

  hasReplica(expert: number, slice: number, die: number): boolean {
    return this.replicas.has(die, expert * this.slices + slice)
  }

  /** Share of an expert's weights that lies behind a die: home copies and replicas. */
  readonly heldShare = (expert: number, die: number): number => {
    const { memory } = this.setup.hardware
    if (memory.shared) return memory.channelDies.includes(die) ? 1 : 0
    const home = this.homeShare[expert * this.setup.topology.dies + die]!
    if (this.replicas.count === 0) return home
    let copies = 0
    for (let slice = 0; slice < this.slices; slice++) if (this.hasReplica(expert, slice, die)) copies++
    return home + copies / this.slices
  }

  /** A channel can read only what lies behind it: any weight where memory is shared, else home copies and replicas. */
  private assertHeld(expert: number, slice: number, channelDie: number): void {
    const { hardware, scheduler } = this.setup
    invariant(
      hardware.memory.channelDies.includes(channelDie),
      () => `die ${channelDie} has no memory channel`,
    )
    if (this.hasReplica(expert, slice, channelDie)) {
      this.replicas.touch(channelDie, expert * this.slices + slice)
    } else {
      invariant(
        hardware.memory.shared || scheduler.home(expert, slice) === channelDie,
        () => `slice ${slice} of expert ${expert} does not lie in the memory of die ${channelDie}`,
      )
    }
  }

  /** Reserves room for the tokens that rest on each die through the layer; returns the bytes per die. */
  private restTokens(): Float64Array {
    const { hardware, topology } = this.setup
    const bytes = new Float64Array(topology.dies)
    if (hardware.activations === 'memory') return bytes
    for (const die of this.current.tokenDie) bytes[die] = bytes[die]! + this.tokenBytes
    bytes.forEach((count, die) => {
      this.sram.reserve(die, 'tokens', count, () => undefined)
    })
    return bytes
  }
}

function homeShares(scheduler: Scheduler, experts: number, dies: number): Float64Array {
  const shares = new Float64Array(experts * dies)
  for (let expert = 0; expert < experts; expert++) {
    for (let slice = 0; slice < scheduler.slices; slice++) {
      const at = expert * dies + scheduler.home(expert, slice)
      shares[at] = shares[at]! + 1 / scheduler.slices
    }
  }
  return shares
}

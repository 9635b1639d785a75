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
import { Holdings } from './holdings.ts'
import { assertComplete } from './layer-end.ts'
import { Ledger } from './ledger.ts'
import { Messenger } from './messenger.ts'
import type { Probe } from './probe.ts'
import { Residency } from './residency.ts'
import { Sram } from './sram.ts'
import { type TokenSetting, Tokens } from './tokens.ts'
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
  readonly holdings: Holdings
  private current!: LayerWork
  private ledger!: Ledger
  private residency!: Residency
  private buffers!: SliceBuffers
  private tokens!: Tokens
  private readonly setup: MachineSetup
  private readonly loop = new EventLoop()
  private readonly fabric: Fabric
  private readonly messenger: Messenger
  private readonly fetcher: Fetcher
  private readonly units: Server[]
  private readonly bytesOfSlice: readonly number[]
  private readonly tokenSetting: TokenSetting

  constructor(setup: MachineSetup) {
    this.setup = setup
    const { hardware, topology, model, scheduler, probe, compat } = setup
    this.slices = scheduler.slices
    this.traffic = new Traffic(topology.dies)
    this.sram = new Sram(topology.dies, hardware.sramBytes)
    this.holdings = new Holdings(hardware.memory, scheduler, topology.dies, model.experts)
    this.fabric = buildFabric(hardware.link, topology, this.loop)
    this.units = Array.from({ length: topology.dies }, () => new Server(this.loop, Rank.compute))
    this.bytesOfSlice = Array.from({ length: this.slices }, (_, s) => sliceBytes(model, this.slices, s))
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
    this.tokenSetting = {
      loop: this.loop,
      sram: this.sram,
      messenger: this.messenger,
      dies: topology.dies,
      tokenBytes: tokenBytes(model),
      areOnChip: hardware.activations === 'sram',
      moveForFree: compat === 'paper',
    }
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
    this.tokens = new Tokens(this.tokenSetting, work, this.residency)
    this.fetcher.clearCaches()
    const startPs = this.loop.nowPs
    this.tokens.rest()
    scheduler.startLayer(this)
    this.loop.run()
    assertComplete(this.ledger, this.residency, this.sram, this.fabric, scheduler)
    this.tokens.leave()
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
    this.holdings.noteRead(expert, slice, channelDie)
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
    this.tokens.gather(expert, fromPair, toPair, owner, die, onArrived)
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
    this.tokens.combine(expert, toPair - fromPair, die, owner, onArrived)
  }

  soon(decide: () => void): void {
    this.loop.after(0, Rank.decide, decide)
  }

  releaseSlice(expert: number, slice: number, die: number): void {
    this.buffers.release(expert, slice, die)
  }

  releaseTokens(expert: number, die: number): void {
    this.tokens.release(expert, die)
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
    if (!this.holdings.keepReplica(expert, slice, die, bytes)) return false
    this.traffic.replicaWriteBytes += bytes
    this.fetcher.access(die, bytes, () => undefined)
    return true
  }

  hasReplica(expert: number, slice: number, die: number): boolean {
    return this.holdings.hasReplica(expert, slice, die)
  }
}

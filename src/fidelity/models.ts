// The models under test as the fidelity study sees them; tests put a wrong one in their place.
import { EventLoop } from '../engine/loop.ts'
import { Rank } from '../engine/ranks.ts'
import { Dram } from '../hardware/dram.ts'
import { type DramPart, dramParts } from '../hardware/dram-parts.ts'
import type { KernelWork } from '../hardware/kernel.ts'
import { MemoryTiming, partLatencyPs } from '../hardware/memory.ts'
import { RouterFabric } from '../hardware/router-fabric.ts'
import { defaultRouter } from '../hardware/router-spec.ts'
import type { ComputeSpec, HardwareSpec, LinkSpec } from '../hardware/spec.ts'
import { gemmCycles } from '../hardware/systolic.ts'
import { buildTopology, type Topology } from '../hardware/topology.ts'
import type { DramWork } from './dram-work.ts'
import type { NetworkWork } from './network-work.ts'
import { type ExchangeCase, exchangeUs } from './silicon/exchange-case.ts'
import { type KernelCase, type KernelHardware, kernelUs, kernelWorks } from './silicon/kernel-case.ts'

export interface GemmWork {
  readonly array: Pick<Extract<ComputeSpec, { kind: 'systolic' }>, 'rows' | 'columns' | 'dataflow'>
  /** M x K times K x N. */
  readonly m: number
  readonly k: number
  readonly n: number
}

export interface Models {
  /** Cycle in which each message has arrived whole. */
  finishCycles(work: NetworkWork): readonly number[]
  /** From the first request to the last byte. */
  dramPs(work: DramWork): number
  /** The same, put together from the times a simulation charges, access by access. */
  chargedDramPs(work: DramWork): number
  gemmCycles(work: GemmWork): number
  /** One rank's share of a MoE layer, mean over its draws. */
  kernelUs(hardware: KernelHardware, given: KernelCase): number
  /** A dispatch or combine of all dies. */
  exchangeUs(hardware: HardwareSpec, given: ExchangeCase): number
}

/** Any cycle and any flit do; a thousand ps keep what is less than a cycle visible. */
const CYCLE_PS = 1000
const FLIT_BYTES = 32

export function realModels(): Models {
  const meshes = new Map<string, Topology>()
  const works = new WeakMap<KernelCase, readonly KernelWork[]>()
  return {
    finishCycles(work) {
      const { columns, rows } = work.mesh
      const topology =
        meshes.get(`${columns}x${rows}`) ??
        buildTopology({ kind: 'mesh', columns, rows, numbering: 'row-major' })
      meshes.set(`${columns}x${rows}`, topology)
      return finishCycles(work, topology)
    },
    dramPs,
    chargedDramPs,
    gemmCycles: ({ array, m, k, n }) => gemmCycles(array, m, k, n),
    kernelUs(hardware, given) {
      const drawn = works.get(given) ?? kernelWorks(given)
      works.set(given, drawn)
      return kernelUs(hardware, given, drawn)
    },
    exchangeUs,
  }
}

/** The default router with the buffers and packets of the rows; links and the ports of a node move a flit a cycle. */
function finishCycles({ preset, packetFlits, order, messages }: NetworkWork, topology: Topology): number[] {
  const link: LinkSpec = {
    bytesPerPs: FLIT_BYTES / CYCLE_PS,
    latencyPs: preset.linkCycles * CYCLE_PS,
    efficiency: 1,
    duplex: 'full',
    sharing: 'routers',
    requestBytes: 0,
  }
  const router = {
    ...defaultRouter(link, FLIT_BYTES),
    packetBytes: packetFlits * FLIT_BYTES,
    virtualChannels: preset.virtualChannels,
    bufferBytes: preset.bufferFlits * FLIT_BYTES,
  }
  const loop = new EventLoop()
  const fabric = new RouterFabric(link, router, topology, loop)
  const finish = messages.map(() => Number.NaN)
  messages.forEach(({ from, to, flits, startCycle }, index) => {
    const send = () =>
      fabric.send({
        route: topology.route(from, to),
        bytes: flits * FLIT_BYTES,
        injection: order,
        onSent: () => {},
        onArrived: () => {
          finish[index] = loop.nowPs / CYCLE_PS
        },
      })
    if (startCycle === undefined) send()
    else loop.at(startCycle * CYCLE_PS, Rank.decide, send)
  })
  loop.run()
  return finish
}

function dramPs({ part, channels, pattern, burstBytes, bursts, hasRefresh }: DramWork): number {
  const timings: DramPart = dramParts.get(part)!
  const refreshing = hasRefresh ? timings : { ...timings, nREFI: Number.POSITIVE_INFINITY }
  const dram = (window?: number) => new Dram(refreshing, channels, window)
  switch (pattern.kind) {
    case 'one':
      return dram().readPs(burstBytes)
    case 'pipelined':
      return dram().finishPs(0, bursts * dram().busyPs(burstBytes) + dram().latencyPs)
    case 'serialized':
      return bursts * dram().serialReadPs(burstBytes)
    case 'window':
      return dram(pattern.reads).readPs(burstBytes)
  }
}

/** Burst after burst through one channel, as the machine's memory channels serve them. */
function chargedDramPs({ part, channels, pattern, burstBytes, bursts }: DramWork): number {
  const bytesPerPs = new Dram(dramParts.get(part)!, channels).peakBytesPerPs
  const latencyPs = partLatencyPs(part)
  const timing = new MemoryTiming({
    kind: part,
    capacityBytes: Number.POSITIVE_INFINITY,
    reserved: 0,
    bytesPerPs,
    efficiency: 'timed',
    latencyPs,
    access: 'pipelined',
    channelDies: [0],
    shared: false,
  })
  const waits = pattern.kind === 'serialized'
  let freePs = 0
  for (let burst = 0; burst < bursts; burst++) {
    // One that waits for the data of the burst before finds the channel idle.
    const startPs = waits && burst > 0 ? freePs + latencyPs : freePs
    freePs = startPs + timing.transferPs(burstBytes, startPs, waits || burst === 0)
  }
  return freePs + latencyPs
}

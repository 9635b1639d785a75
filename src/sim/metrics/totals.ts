// What a run adds up, per layer and over all layers, before it becomes metrics.
import type { LayerWork } from '../../schedulers/work.ts'
import type { Iteration } from '../iteration.ts'
import type { LayerMachine } from '../machine/machine.ts'
import type { BytesByClass } from '../machine/sram.ts'
import { BOUNDS, type BoundName, type Bounds, binding } from './bounds.ts'
import { PARTS, type PartCost, type PartName } from './roofline.ts'

/** What is left of totals that came from another thread: the numbers. */
export type TotalsData = Omit<
  Totals,
  'addIteration' | 'addPart' | 'addMachine' | 'addLayer' | 'boundBy' | 'isEndToEnd'
>

export class Totals {
  latencyPs = 0
  prefillPs = 0
  decodePs = 0
  /** The part of latencyPs that an end-to-end run spends around the routed experts. */
  readonly partPs: Record<PartName, number> = { attention: 0, router: 0, shared: 0, dense: 0 }
  /** Sum over iterations of the largest bound of each, and of every bound by name. */
  boundPs = 0
  readonly bounds: Bounds = { compute: 0, memory: 0, link: 0, bisection: 0 }
  /** Time for which each bound was the largest. */
  readonly binds: Bounds = { compute: 0, memory: 0, link: 0, bisection: 0 }
  flop = 0
  /** Largest over mean FLOPs of a die, summed over iterations. */
  imbalanceSum = 0
  iterations = 0
  /** Token passes: tokens times layers. */
  tokenLayers = 0
  decodeTokenLayers = 0
  peakDieBytes = 0
  peakPackageBytes = 0
  peakPackageByClass: BytesByClass = { weights: 0, receive: 0, tokens: 0 }
  weightReadBytes = 0
  weightReadRemoteBytes = 0
  activationReadBytes = 0
  kvReadBytes = 0
  kvWriteBytes = 0
  replicaWriteBytes = 0
  /** Read from and written to on-chip buffers. */
  sramBytes = 0
  linkBytes = 0
  linkByteHops = 0
  hops = 0
  decodeHops = 0
  llcHits = 0
  /** Expert copies beside the home copies at the end (slices over slices per expert), and the bytes they take. */
  replicas = 0
  replicaBytes = 0
  placementMoveBytes = 0
  replicasMade = 0
  replicasUsed = 0
  replicaMadeBytes = 0
  replicaUsedBytes = 0
  /** Read for a next layer; used by the layer it was read for; given up. */
  aheadReadBytes = 0
  aheadUses = 0
  aheadUsedBytes = 0
  aheadVainBytes = 0
  /** Slices read for the layer itself. */
  sliceLoads = 0
  replicaLoads = 0
  remoteLoads = 0
  slicesPerExpert = 0
  /** Of the run as a whole, with token buffering: pauses of requests, and iterations added to finish them. */
  deferrals: number | undefined
  flushIterations: number | undefined

  static revive(data: TotalsData): Totals {
    return Object.assign(new Totals(), data)
  }

  /** Adds one iteration of a layer. */
  addIteration(
    work: LayerWork,
    latencyPs: number,
    bounds: Bounds,
    dieFlop: readonly number[],
    hops: number,
  ): void {
    this.latencyPs += latencyPs
    if (work.phase === 'prefill') this.prefillPs += latencyPs
    if (work.phase === 'decode') {
      this.decodePs += latencyPs
      this.decodeHops += hops
      this.decodeTokenLayers += work.tokens
    }
    const largest = binding(bounds)
    this.boundPs += largest.ps
    this.binds[largest.name] += largest.ps
    for (const name of BOUNDS) this.bounds[name] += bounds[name]
    const sum = dieFlop.reduce((a, b) => a + b, 0)
    this.flop += sum
    this.imbalanceSum += (Math.max(...dieFlop) * dieFlop.length) / sum
    this.iterations++
    this.tokenLayers += work.tokens
  }

  /** Adds what an iteration does around the routed experts of a layer; `share`: of the cost, where layers are sampled. */
  addPart(name: PartName, cost: PartCost, phase: Iteration['phase'], share = 1): void {
    const ps = Math.round(cost.ps * share)
    this.latencyPs += ps
    this.partPs[name] += ps
    if (phase === 'prefill') this.prefillPs += ps
    if (phase === 'decode') this.decodePs += ps
    const bounds = { compute: 0, memory: 0, link: 0, bisection: 0 }
    for (const bound of ['compute', 'memory', 'link'] as const) bounds[bound] = cost.bounds[bound] * share
    for (const bound of BOUNDS) this.bounds[bound] += bounds[bound]
    // The part is its own bound.
    this.boundPs += ps
    this.binds[binding(bounds).name] += ps
    this.flop += cost.flop * share
    this.weightReadBytes += cost.weightBytes * share
    this.kvReadBytes += cost.kvReadBytes * share
    this.kvWriteBytes += cost.kvWriteBytes * share
    this.sramBytes += cost.sramBytes * share
    this.linkBytes += cost.linkByteHops * share
    this.linkByteHops += cost.linkByteHops * share
  }

  /** Adds what a layer's machine counted over all its iterations. */
  addMachine({ traffic, sram, holdings, slices }: LayerMachine): void {
    this.weightReadBytes += traffic.weightReadBytes
    this.weightReadRemoteBytes += traffic.weightReadRemoteBytes
    this.activationReadBytes += traffic.activationReadBytes
    this.replicaWriteBytes += traffic.replicaWriteBytes
    this.sramBytes += traffic.sramBytes
    this.linkBytes += traffic.linkBytes
    this.linkByteHops += traffic.linkByteHops
    this.hops += traffic.hops
    this.llcHits += traffic.llcHits
    this.replicaLoads += traffic.replicaLoads
    this.remoteLoads += traffic.remoteLoads
    const { replicas } = holdings
    this.replicas += replicas.count / slices + holdings.placedCopies
    this.replicaBytes += replicas.bytes() + holdings.placedCopyBytes
    this.placementMoveBytes += holdings.movedBytes
    this.replicasMade += replicas.made
    this.replicasUsed += replicas.used
    this.replicaMadeBytes += replicas.madeBytes
    this.replicaUsedBytes += replicas.usedBytes
    this.aheadReadBytes += traffic.aheadReadBytes
    this.aheadUses += traffic.aheadUses
    this.aheadUsedBytes += traffic.aheadUsedBytes
    this.aheadVainBytes += traffic.aheadVainBytes
    this.sliceLoads += traffic.sliceLoads
    this.slicesPerExpert = slices
    this.notePeaks(sram)
  }

  /** Adds a layer's totals to the run's. */
  addLayer(layer: Totals): void {
    for (const key of SUMMED) this[key] += layer[key]
    for (const part of PARTS) this.partPs[part] += layer.partPs[part]
    for (const name of BOUNDS) {
      this.bounds[name] += layer.bounds[name]
      this.binds[name] += layer.binds[name]
    }
    this.slicesPerExpert = layer.slicesPerExpert
    this.notePeaks(layer)
  }

  /** Whole forward passes were run, not MoE layers alone. */
  get isEndToEnd(): boolean {
    return this.partPs.attention > 0
  }

  /** The bound that was the largest for most of the bound time. */
  get boundBy(): BoundName {
    return binding(this.binds).name
  }

  private notePeaks(of: Pick<Totals, 'peakDieBytes' | 'peakPackageBytes' | 'peakPackageByClass'>): void {
    this.peakDieBytes = Math.max(this.peakDieBytes, of.peakDieBytes)
    if (of.peakPackageBytes <= this.peakPackageBytes) return
    this.peakPackageBytes = of.peakPackageBytes
    this.peakPackageByClass = of.peakPackageByClass
  }
}

const SUMMED = [
  'latencyPs',
  'prefillPs',
  'decodePs',
  'boundPs',
  'flop',
  'imbalanceSum',
  'iterations',
  'tokenLayers',
  'decodeTokenLayers',
  'weightReadBytes',
  'weightReadRemoteBytes',
  'activationReadBytes',
  'kvReadBytes',
  'kvWriteBytes',
  'sramBytes',
  'replicaWriteBytes',
  'linkBytes',
  'linkByteHops',
  'hops',
  'decodeHops',
  'llcHits',
  'replicas',
  'replicaBytes',
  'placementMoveBytes',
  'replicasMade',
  'replicasUsed',
  'replicaMadeBytes',
  'replicaUsedBytes',
  'aheadReadBytes',
  'aheadUses',
  'aheadUsedBytes',
  'aheadVainBytes',
  'sliceLoads',
  'replicaLoads',
  'remoteLoads',
] as const satisfies readonly (keyof Totals)[]

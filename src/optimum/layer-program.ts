// The linear program of one iteration of a layer: the least time in which its work could be done, by a relaxation.
//
// Columns: the time, and of all work together the shares that
//   pairs(die)      of the (token, expert) pairs a die computes, counted by slice
//   compute(die)    of the compute units' work a die does
//   read(channel)   of the active weights a channel reads for the first time
//   weights(region), tokens(region)   that enter a set of dies over links: of the weights, and of the pairs' activations
// Rows: no channel, compute unit or border of a region takes longer than the time; all is computed and read; and what a region
// computes it has both the weights and the tokens for.
//
// What is relaxed, so that no schedule beats it:
//   experts are added up    what limits an expert limits the sum; which of them goes where is left open
//   parts                   experts, slices and tokens may be cut as finely as one likes
//   links                   by what enters each region of dies, along whatever routes; a token or slice once, however many want it
//   tokens                  one that travels serves all of its top-k experts there
//   order                   nothing waits for anything but the first read: no gather before the first compute, no last slice
//   SRAM, ports of caches, start-ups of messages and results that go back take nothing
//   timings                 reads at the best rate of the memory, compute at the best rate for as many tokens as the expert has

import { leastStartupPs } from '../hardware/compute.ts'
import { MemoryTiming } from '../hardware/memory.ts'
import type { Package } from '../hardware/package.ts'
import type { Demand } from './demand.ts'
import { fillTangents, type Tangent } from './fill.ts'
import type { Holders } from './holders.ts'
import { Program, TIME } from './program.ts'
import type { Region } from './regions.ts'

type Term = readonly [column: number, factor: number]

/** A program in units of `unitPs`, so that its numbers are near 1. */
export interface LayerProgram {
  readonly program: Program
  readonly unitPs: number
}

/** `holders`: where weights lie, or undefined for wherever is best. */
export function layerProgram(
  demand: Demand,
  pkg: Package,
  regions: readonly Region[],
  holders: Holders,
): LayerProgram {
  return new Builder(demand, pkg, regions, holders).build()
}

class Builder {
  private readonly demand: Demand
  private readonly pkg: Package
  private readonly regions: readonly Region[]
  private readonly holders: Holders
  private readonly program = new Program()
  private readonly unitPs: number
  private readonly channelBytesPerPs: number
  /** Weights of all active experts. */
  private readonly allBytes: number
  private readonly isInLine: boolean
  private readonly pairsOf: readonly number[]
  private readonly computeOf: readonly number[]
  /** By die: columns of reads through its channel, with the share of all weights that each stands for. */
  private readonly reads: Term[][]

  constructor(demand: Demand, pkg: Package, regions: readonly Region[], holders: Holders) {
    this.demand = demand
    this.pkg = pkg
    this.regions = regions
    this.holders = holders
    const { memory } = pkg.hardware
    const { dies, experts, weightBytes, computePs } = demand
    this.isInLine = isInLine(pkg)
    const bestBytesPerPs = new MemoryTiming(memory).bestBytesPerPs
    // Where latencies do not overlap, a read of a whole expert at once wastes the least.
    const serialPs = this.isInLine ? memory.latencyPs : 0
    this.channelBytesPerPs = weightBytes / (weightBytes / bestBytesPerPs + serialPs)
    this.allBytes = weightBytes * experts.length
    const channelsPs = this.allBytes / (this.channelBytesPerPs * memory.channelDies.length)
    this.unitPs = Math.max(channelsPs, computePs / dies, 1)
    const column = () => this.program.column()
    this.pairsOf = Array.from({ length: dies }, column)
    this.computeOf = Array.from({ length: dies }, column)
    this.reads = Array.from({ length: dies }, () => [])
  }

  build(): LayerProgram {
    this.addReads()
    this.addChannels()
    this.addCompute()
    for (const region of this.regions) this.addRegion(region)
    return { program: this.program, unitPs: this.unitPs }
  }

  /** Everything that is not on dies already is read once, from where it lies. */
  private addReads(): void {
    const { groups } = this.holders
    const { length: all } = this.demand.experts
    for (const { experts, missing, channels } of groups) {
      const terms: Term[] = []
      for (const { die, share } of channels) {
        const column = this.program.column()
        this.reads[die]!.push([column, (share * experts) / all])
        terms.push([column, share])
      }
      this.program.row('other', missing, terms)
    }
  }

  /** A channel streams the activations of what its die computes beside the weights that it reads. */
  private addChannels(): void {
    const { compute, llc, memory } = this.pkg.hardware
    const { dies, activationBytes } = this.demand
    const latencyPs = this.isInLine ? 0 : memory.latencyPs
    // The first read of any weights waits for a look-up in vain, unless kernels read past the caches.
    const missPs = compute.kind === 'kernel' ? 0 : (llc?.missPs ?? 0)
    const bytesPs = (bytes: number) => bytes / this.channelBytesPerPs / this.unitPs
    const bestBytesPerPs = new MemoryTiming(memory).bestBytesPerPs
    const isAnyRead = this.holders.groups.some(({ missing }) => missing > 0)
    for (let die = 0; die < dies; die++) {
      const weights = this.reads[die]!.map(
        ([column, share]): Term => [column, -bytesPs(share * this.allBytes)],
      )
      if (isAnyRead) this.program.row('memory', (latencyPs + missPs) / this.unitPs, [[TIME, 1], ...weights])
      if (activationBytes === 0) continue
      const activations: Term = [this.pairsOf[die]!, -activationBytes / bestBytesPerPs / this.unitPs]
      this.program.row('memory', latencyPs / this.unitPs, [[TIME, 1], ...weights, activations])
    }
  }

  /** Compute begins when the first weights have come. */
  private addCompute(): void {
    const { program, pairsOf, computeOf, unitPs, demand } = this
    const { compute, llc, memory } = this.pkg.hardware
    // Kernels read weights while they multiply.
    const waits = !this.holders.isAnyPresent && compute.kind !== 'kernel'
    const startPs = leastStartupPs(compute) + (waits ? memory.latencyPs + (llc?.missPs ?? 0) : 0)
    const work = demand.computePs / unitPs
    computeOf.forEach((column, die) => {
      program.row('compute', startPs / unitPs, [
        [TIME, 1],
        [column, -work],
      ])
      program.row(
        'other',
        0,
        [
          [column, demand.computePs],
          [pairsOf[die]!, -demand.leastComputePs],
        ].map(([at, ps]): Term => [at!, ps! / demand.computePs]),
      )
    })
    program.row(
      'other',
      1,
      computeOf.map((column): Term => [column, 1]),
    )
    program.row(
      'other',
      1,
      pairsOf.map((column): Term => [column, 1]),
    )
  }

  private addRegion({ isInside, bytesPerPs }: Region): void {
    const { program, demand, holders, pairsOf } = this
    const { experts, pairs, expertPairs, restingPairs, pairBytes, dies } = demand
    const weights = program.column()
    const tokens = program.column()
    const inside = <T>(items: readonly T[]) => items.filter((_, die) => isInside[die] === 1)
    const resting = new Float64Array(experts.length)
    for (let at = 0; at < restingPairs.length; at++) {
      const expert = Math.floor(at / dies)
      if (isInside[at % dies] === 1) resting[expert] = resting[expert]! + restingPairs[at]!
    }
    const linkPs = (bytes: number) => bytes / bytesPerPs / this.unitPs
    program.row('link', 0, [
      [TIME, 1],
      [weights, -linkPs(this.allBytes)],
      [tokens, -linkPs(pairs * pairBytes)],
    ])
    // Of an expert, the share computed inside is at most the share of its weights that is ever inside; and, as each of its pairs
    // meets each of its slices, at most that share of the resting pairs and all that come in.
    const computed = inside(pairsOf).map((column): Term => [column, -1])
    const held = experts.map((_, expert) => holders.heldInside(expert, isInside))
    const room = held.map((share) => 1 - share)
    const readInside = holders.isReadHeld ? [] : inside(this.reads).flat()
    const limit = (tangents: readonly Tangent[], more: readonly Term[]) => {
      for (const { intercept, slope } of tangents) {
        // Amounts are in experts, values in pairs.
        const perShare = (slope * experts.length) / pairs
        const brought = [[weights, 1] as Term, ...readInside].map(
          ([column, share]): Term => [column, share * perShare],
        )
        program.row('other', -intercept / pairs, [...computed, ...brought, ...more])
      }
    }
    const baseOf = (values: ArrayLike<number>) => held.reduce((sum, share, i) => sum + share * values[i]!, 0)
    limit(fillTangents(baseOf(resting), resting, room), [[tokens, 1]])
    limit(fillTangents(baseOf(expertPairs), expertPairs, room), [])
  }
}

/** Whether each expert's read takes the latency of the memory by itself: one launch of kernels reads all of a die's at once. */
function isInLine({ hardware }: Package): boolean {
  return hardware.memory.access === 'serial' && hardware.compute.kind !== 'kernel'
}

// A launch of several experts at once: how long its kernels run, what they read, and what a probe is told of both.
import { durationPs, type EventLoop } from '../../engine/loop.ts'
import { Rank } from '../../engine/ranks.ts'
import { invariant } from '../../errors.ts'
import { stayingCopyPs } from '../../hardware/exchange.ts'
import { kernelMemory, kernelPs, kernelShape, kernelTime } from '../../hardware/kernel.ts'
import type { Package } from '../../hardware/package.ts'
import { activationTrafficBytes, expertBytes, tokenBytes } from '../../model/shape.ts'
import type { Launch } from '../../schedulers/scheduler.ts'
import { type LayerWork, pairCount, restingRuns } from '../../schedulers/work.ts'
import type { Probe } from '../probe.ts'

/** What one expert has in a launch. */
export interface LaunchPart {
  readonly expert: number
  readonly tokens: number
  readonly weightBytes: number
  /** Read and written in the die's memory. */
  readonly activationBytes: number
}

export function launchParts({ hardware, model }: Package, { tasks }: Launch): LaunchPart[] {
  return [...expertTokensOf(tasks)].map(([expert, tokens]) => {
    const isInMemory = hardware.activations === 'memory'
    const activationBytes = isInMemory ? Math.round(activationTrafficBytes(model, tokens)) : 0
    return { expert, tokens, weightBytes: expertBytes(model), activationBytes }
  })
}

/** Of each expert, whose pairs may come in several ranges. */
function expertTokensOf(tasks: Launch['tasks']): Map<number, number> {
  const tokens = new Map<number, number>()
  for (const { expert, fromPair, toPair } of tasks)
    tokens.set(expert, (tokens.get(expert) ?? 0) + toPair - fromPair)
  return tokens
}

export function launchPs(pkg: Package, { die, tasks, sendsPairs }: Launch, work: LayerWork): number {
  const { hardware, model, topology } = pkg
  const { compute } = hardware
  invariant(compute.kind === 'kernel', 'only kernels are launched for several experts at once')
  const expertRows = [...expertTokensOf(tasks).values()]
  const pairs = expertRows.reduce((sum, rows) => sum + rows, 0)
  const memory = kernelMemory(hardware)
  const staying = stayingPairs(work, tasks, die)
  const time = kernelTime(compute, memory, kernelShape(model), {
    expertRows,
    meanRows: pairCount(work) / work.experts,
    pairs,
    tokens: pairs / work.topK,
    addedPairs: sendsPairs ? staying : pairs,
  })
  // Where tokens are exchanged, those that stay are copied to where the experts take them from.
  const copied = topology.dies > 1 ? staying : 0
  return durationPs(kernelPs(time) + stayingCopyPs(memory, copied * tokenBytes(model)), 1)
}

/** Pairs whose tokens rest on the die that computes them. */
function stayingPairs(work: LayerWork, tasks: Launch['tasks'], die: number): number {
  let pairs = 0
  for (const { fromPair, toPair } of tasks) {
    for (const run of restingRuns(work, fromPair, toPair)) {
      if (run.restingDie === die) pairs += run.toPair - run.fromPair
    }
  }
  return pairs
}

/** Tells probes of launches, whose experts share its time as if they came one after the other. */
export class LaunchSpans {
  private readonly loop: EventLoop
  private readonly probe: Probe
  constructor(loop: EventLoop, probe: Probe) {
    this.loop = loop
    this.probe = probe
  }

  reads(die: number, parts: readonly LaunchPart[], startPs: number, endPs: number): void {
    const bytesOf = ({ weightBytes, activationBytes }: LaunchPart) => weightBytes + activationBytes
    this.tell(parts, bytesOf, { startPs, endPs }, ({ expert, tokens, weightBytes: bytes }, at) => {
      const { startPs, endPs } = at
      this.probe.span({ kind: 'load', die, peer: die, startPs, endPs, expert, slice: 0, tokens, bytes })
    })
  }

  computes(die: number, parts: readonly LaunchPart[], startPs: number, endPs: number): void {
    this.tell(
      parts,
      ({ tokens }) => tokens,
      { startPs, endPs },
      ({ expert, tokens }, at) => {
        const { startPs, endPs } = at
        this.probe.span({
          kind: 'compute',
          die,
          peer: die,
          startPs,
          endPs,
          expert,
          slice: 0,
          tokens,
          bytes: 0,
        })
      },
    )
  }

  private tell(
    parts: readonly LaunchPart[],
    sizeOf: (part: LaunchPart) => number,
    { startPs, endPs }: Interval,
    told: (part: LaunchPart, span: Interval) => void,
  ): void {
    const total = parts.reduce((sum, part) => sum + sizeOf(part), 0)
    let size = 0
    let fromPs = startPs
    for (const part of parts) {
      size += sizeOf(part)
      const span = { startPs: fromPs, endPs: startPs + Math.round(((endPs - startPs) * size) / total) }
      fromPs = span.endPs
      this.loop.at(span.endPs, Rank.memory, () => told(part, span))
    }
  }
}

interface Interval {
  readonly startPs: number
  readonly endPs: number
}

// Worked examples in "frames" of 1 ns: hardware whose loads, hops and computes take stated whole numbers of frames.

import { blockOf } from '../../src/block-of.ts'
import { packageOf } from '../../src/hardware/package.ts'
import type { HardwareSpec } from '../../src/hardware/spec.ts'
import type { Topology } from '../../src/hardware/topology.ts'
import type { ModelShape } from '../../src/model/shape.ts'
import { splitSchedulerText } from '../../src/schedulers/options.ts'
import { resolveScheduler, schedulers } from '../../src/schedulers/table.ts'
import type { LayerWork } from '../../src/schedulers/work.ts'
import { LayerMachine } from '../../src/sim/machine/machine.ts'
import type { Span } from '../../src/sim/probe.ts'

export const NS = 1000

export interface Frames {
  /** Load of one piece of an expert. */
  readonly load: number
  /** Send of one piece (or one token, see `hopUnit`) over a link. */
  readonly hop: number
  /** One token in one piece. */
  readonly compute: number
  readonly pieces: number
  readonly hopUnit?: 'piece' | 'token'
}

export const HIDDEN = 64

export function tinyModel(experts: number, pieces: number, topK = 1): ModelShape {
  return {
    name: 'tiny',
    layers: 1,
    moeLayers: [0],
    hidden: HIDDEN,
    expertIntermediate: 32 * pieces,
    experts,
    topK,
    sharedExperts: 0,
    weightBytes: 1,
    activationBytes: 1,
    routing: { skew: 1, reuse: 0 },
  }
}

export function frameHardware(frames: Frames, overrides: Partial<HardwareSpec> = {}): HardwareSpec {
  const pieceBytes = 3 * HIDDEN * 32
  const hopBytes = frames.hopUnit === 'token' ? HIDDEN : pieceBytes
  return {
    name: 'frames',
    topology: { kind: 'mesh', columns: 2, rows: 2, numbering: 'row-major' },
    link: {
      bytesPerPs: hopBytes / (frames.hop * NS),
      latencyPs: 0,
      efficiency: 1,
      duplex: 'full',
      sharing: 'fair',
      requestBytes: 0,
    },
    compute: { kind: 'ideal', flopPerPs: (2 * pieceBytes) / (frames.compute * NS) },
    sramBytes: Infinity,
    memory: {
      kind: 'frames',
      capacityBytes: Infinity,
      reserved: 0,
      bytesPerPs: pieceBytes / (frames.load * NS),
      efficiency: 1,
      latencyPs: 0,
      access: 'pipelined',
      channelDies: [0, 1, 2, 3],
      shared: true,
    },
    activations: 'sram',
    ...overrides,
  }
}

/**
 * The work of one layer from each token's experts, which may be of any number, none included. Tokens rest on dies in
 * contiguous blocks, in die order.
 */
export function workOf(
  choices: readonly (readonly number[])[],
  experts: number,
  topology: Topology,
): LayerWork {
  const { dies, order, rank } = topology
  const restingDie = Int32Array.from(choices, (_, token) => order[blockOf(token, choices.length, dies)]!)
  const pairs = choices
    .flatMap((list, token) => list.map((expert) => ({ expert, token, rank: rank[restingDie[token]!]! })))
    .sort((a, b) => a.expert - b.expert || a.rank - b.rank || a.token - b.token)
  const pairStart = new Int32Array(experts * dies + 1)
  for (let bucket = 0; bucket < pairStart.length; bucket++) {
    pairStart[bucket] = pairs.filter((pair) => pair.expert * dies + pair.rank < bucket).length
  }
  const firstSeen = [...new Set(choices.flat())]
  return {
    layer: 0,
    iteration: 0,
    phase: 'mixed',
    tokens: choices.length,
    topK: 1,
    experts,
    choices: Uint16Array.from(choices.flat()),
    restingDie,
    tokenRequest: new Int32Array(choices.length),
    pairStart,
    dies,
    dieOrder: order,
    activeExperts: [...firstSeen].sort((a, b) => a - b),
    firstSeen,
  }
}

export interface LayerRun {
  readonly latencyPs: number
  readonly machine: LayerMachine
  readonly spans: readonly Span[]
  /** End of the last compute. */
  readonly lastComputePs: number
}

/** Runs one layer under a scheduler given as on the command line. */
export function runLayer(
  scheduler: string,
  hardware: HardwareSpec,
  model: ModelShape,
  work: LayerWork,
): LayerRun {
  const { resolved } = resolveScheduler(splitSchedulerText(scheduler)!, 'physical')
  const pkg = packageOf({ hardware, model, compat: 'physical' })
  const instance = schedulers[resolved!.scheduler]!.create(resolved!.options, pkg)
  const spans: Span[] = []
  const probe = { span: (span: Span) => void spans.push(span) }
  const machine = new LayerMachine(pkg, instance, probe)
  const latencyPs = machine.runIteration(work)
  const lastComputePs = Math.max(...spans.filter(({ kind }) => kind === 'compute').map(({ endPs }) => endPs))
  return { latencyPs, machine, spans, lastComputePs }
}

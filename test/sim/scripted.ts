// A machine under a scripted scheduler: tests say what is loaded, sent and computed, and see what the machine makes of it.

import type { Compat } from '../../src/hardware/package.ts'
import { packageOf } from '../../src/hardware/package.ts'
import type { HardwareSpec } from '../../src/hardware/spec.ts'
import type { ModelShape } from '../../src/model/shape.ts'
import type { Machine, Scheduler } from '../../src/schedulers/scheduler.ts'
import { type LayerWork, pairCount, restingRuns } from '../../src/schedulers/work.ts'
import { LayerMachine } from '../../src/sim/machine/machine.ts'
import type { Span } from '../../src/sim/probe.ts'
import { frameHardware, tinyModel, workOf } from '../helpers/frames.ts'

export interface Script {
  readonly hardware?: HardwareSpec
  readonly model?: ModelShape
  readonly compat?: Compat
  readonly slices?: number
  /** Die whose memory holds an expert; the first die where absent. */
  readonly home?: (expert: number) => number
  readonly replicaBudgetBytes?: number
  /** Experts that each token chose; tokens are dealt to dies in order. */
  readonly choices?: readonly (readonly number[])[]
  readonly work?: LayerWork
}

/** Loads, hops and computes of a whole expert take 10, 4 and 5 ns. */
export const scriptHardware = frameHardware({ load: 10, hop: 4, compute: 5, pieces: 1 })

/** Runs one layer: `act` is called at its start with the machine. Four tokens, one per die, chose expert 0 unless told. */
export function runScript(script: Script, act: (machine: Machine) => void) {
  const { hardware = scriptHardware, compat = 'physical', slices = 1, home = () => 0 } = script
  const model = script.model ?? tinyModel(2, slices)
  const pkg = packageOf({ hardware, model, compat })
  const choices = script.choices ?? [[0], [0], [0], [0]]
  const work = script.work ?? workOf(choices, model.experts, pkg.topology)
  const scheduler: Scheduler = {
    slices,
    home,
    startLayer: act,
    waits: () => ['the script waits for its cue'],
    ...(script.replicaBudgetBytes !== undefined && { replicaBudgetBytes: script.replicaBudgetBytes }),
  }
  const spans: Span[] = []
  const probe = { span: (span: Span) => void spans.push(span) }
  const machine = new LayerMachine(pkg, scheduler, probe)
  const latencyPs = machine.runIteration(work)
  return { machine, latencyPs, spans, work, again: () => machine.runIteration(work) }
}

/** Loads each slice of expert 0 on die 0 after the other, brings the other dies' tokens there, and computes all. */
export function computeAllOnDie0(machine: Machine): void {
  const { work } = machine
  const pairs = pairCount(work)
  let missing = 0
  const ready = () => {
    if (--missing > 0) return
    for (let slice = 0; slice < machine.slices; slice++) {
      machine.compute({ expert: 0, slice, fromPair: 0, toPair: pairs, die: 0 }, () => {
        machine.releaseSlice(0, slice, 0)
        if (slice === machine.slices - 1) machine.releaseTokens(0, 0)
      })
    }
  }
  for (let slice = 0; slice < machine.slices; slice++) {
    missing++
    machine.load({ expert: 0, slice, channelDie: 0, die: 0, tokens: pairs }, ready)
  }
  for (const { restingDie, fromPair, toPair } of restingRuns(work, 0, pairs)) {
    for (let pair = fromPair; pair < toPair && restingDie !== 0; pair++) {
      missing++
      machine.gather({ expert: 0, fromPair: pair, toPair: pair + 1, restingDie, die: 0 }, ready)
    }
  }
}

// Expert parallelism once it is decided which die computes which expert: shared by ep and hydra.

import type { Compat } from '../../hardware/package.ts'
import { slicesThatFit } from '../memory-fit.ts'
import type { Machine, SchedulerContext } from '../scheduler.ts'
import { runTasks, type Task } from '../tasks.ts'
import { type DieWalk, type WalkSetting, walkDies } from './walk.ts'

/** Slices of an expert under compat: paper, which asks for its three matrices one by one. */
const MATRICES = 3

export class EpRunner {
  readonly slices: number
  private readonly setting: WalkSetting
  private readonly context: SchedulerContext
  private walks: readonly DieWalk[] = []

  /** `fewestSlices`: slices an expert is cut into at least; more where SRAM is too small. Throws UserError where none fit. */
  constructor(fewestSlices: number, setting: WalkSetting, context: SchedulerContext) {
    this.setting = setting
    this.context = context
    this.slices =
      context.compat === 'paper'
        ? MATRICES
        : Math.max(fewestSlices, slicesThatFit(context, 1, setting.prefetch + 1))
  }

  /** Starts a layer whose tasks these are. */
  start(machine: Machine, tasks: readonly Task[]): void {
    const { sourceOf } = this.setting
    if (this.context.compat === 'paper') {
      // The forecasting paper's EP: everything of all experts is asked for at once.
      runTasks(machine, tasks, {
        window: Infinity,
        sourceOf: (expert, _slice, die) => sourceOf(expert, die),
      })
    } else this.walks = walkDies(machine, this.context.topology.order, tasks, this.setting)
  }

  waits(): string[] {
    return this.walks.flatMap((walk) => walk.waits())
  }
}

/** Complains of options that mean nothing under compat: paper. */
export function paperConflict(
  scheduler: string,
  { prefetch, combine, slices = 1 }: Pick<WalkSetting, 'prefetch' | 'combine'> & { slices?: number },
  compat: Compat,
): { what: string; hint: string } | undefined {
  if (compat !== 'paper' || (prefetch === 0 && slices === 1 && !combine)) return undefined
  return {
    what: `${scheduler} takes no prefetch, slices or combine under compat: paper`,
    hint: 'that setting asks for all weights at once and moves activations for free; use compat: physical',
  }
}

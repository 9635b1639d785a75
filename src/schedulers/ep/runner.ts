// Expert parallelism once it is decided which die computes which expert: shared by ep and hydra.

import { grouped } from '../../grouped.ts'
import type { Compat } from '../../hardware/package.ts'
import { startAfar } from '../caching/tasks.ts'
import { slicesThatFit } from '../memory-fit.ts'
import type { Machine, SchedulerContext } from '../scheduler.ts'
import { runTasks, type Task } from '../tasks.ts'
import { batchTasks } from './batches.ts'
import { DieLaunch } from './launches.ts'
import { SharedTokens } from './shared-tokens.ts'
import { DieWalk, type WalkSetting } from './walk.ts'

/** Slices of an expert under compat: paper, which asks for its three matrices one by one. */
const MATRICES = 3

export interface EpSetting extends WalkSetting {
  /** Whether a die's kernels take all its experts at once. */
  readonly launches: boolean
  /** Whether tokens are sent once for each expert, once for each die, or once for each node of so many dies. */
  readonly dispatch: 'expert' | 'die' | { readonly nodeDies: number }
  /** With tokens once for each die or node: all sends of a die at once, which is what is done if absent, or in stages. */
  readonly sends?: 'all' | 'staged'
  /** Of each die's tokens, one after the other through the kernels; absent: one. */
  readonly batches?: number
}

export class EpRunner {
  readonly slices: number
  private readonly setting: EpSetting
  private readonly context: SchedulerContext
  private workers: readonly (DieWalk | DieLaunch)[] = []

  /** `fewestSlices`: slices an expert is cut into at least; more where SRAM is too small. Throws UserError where none fit. */
  constructor(fewestSlices: number, setting: EpSetting, context: SchedulerContext) {
    this.setting = setting
    this.context = context
    this.slices = slicesOf(fewestSlices, setting, context)
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
      return
    }
    this.startDies(machine, startAfar(machine, tasks, this.setting.combine))
  }

  waits(): string[] {
    return this.workers.flatMap((worker) => worker.waits())
  }

  private startDies(machine: Machine, tasks: readonly Task[]): void {
    const { batches = 1 } = this.setting
    this.workers = []
    this.startBatches(machine, batches === 1 ? [tasks] : batchTasks(machine.work, tasks, batches))
  }

  /** Each batch is sent as all of the one before has arrived. */
  private startBatches(machine: Machine, [tasks, ...others]: readonly (readonly Task[])[]): void {
    if (tasks === undefined) return
    const { setting } = this
    const shared = this.sharedTokens(machine, tasks)
    const tasksOf = grouped(tasks, ({ die }) => die)
    const workers = new Map(
      [...this.context.topology.order]
        .filter((die) => tasksOf.has(die))
        .map((die) => {
          const dieTasks = tasksOf.get(die)!
          const worker = setting.launches
            ? new DieLaunch(machine, die, dieTasks, { ...setting, shared })
            : new DieWalk(machine, die, dieTasks, setting, shared)
          return [die, worker]
        }),
    )
    this.workers = [...this.workers, ...workers.values()]
    let notReady = [...workers.keys()].filter((die) => shared?.isReady(die) === false).length
    // Tokens first: room for them must not wait behind slices that in turn wait for these tokens to be computed.
    shared?.start((die) => {
      workers.get(die)!.tokensAreHere()
      if (--notReady === 0) this.startBatches(machine, others)
    })
    for (const worker of workers.values()) worker.start()
    if (notReady === 0) this.startBatches(machine, others)
  }

  private sharedTokens(machine: Machine, tasks: readonly Task[]): SharedTokens | undefined {
    const { dispatch, sends } = this.setting
    if (dispatch === 'expert') return undefined
    return new SharedTokens(machine, tasks, {
      nodeDies: dispatch === 'die' ? undefined : dispatch.nodeDies,
      rank: sends === 'staged' ? this.context.topology.rank : undefined,
    })
  }
}

function slicesOf(fewest: number, { launches, prefetch }: EpSetting, context: SchedulerContext): number {
  if (context.compat === 'paper') return MATRICES
  return launches ? 1 : Math.max(fewest, slicesThatFit(context, 1, prefetch + 1))
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

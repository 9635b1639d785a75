// What ep does on machines of kernels, and how tokens get to where they are computed: its options `launch` and `dispatch`.
import { fail } from '../../errors.ts'
import type { Package } from '../../hardware/package.ts'
import type { OptionsOf, OptionTable } from '../options.ts'
import type { IdleOptions, RunOutline, SchedulerContext } from '../scheduler.ts'
import type { EpSetting } from './runner.ts'

export const KERNEL_OPTIONS = {
  launch: {
    type: 'enum',
    default: 'auto',
    values: ['auto', 'expert', 'die'],
    doc: 'what the kernels of a die are started for: expert = one expert at a time; die = all its experts at once, which reads each weight as it is multiplied; auto = die where that is possible: compute model kernel, memory of its own on every die, no prefetch or slices',
    source: 'vLLM’s fused MoE kernels and DeepGEMM: grouped GEMM',
  },
  dispatch: {
    type: 'enum',
    default: 'expert',
    values: ['expert', 'die', 'node'],
    doc: 'how often a token is sent: once for each of its experts, once for each die that has some of them, or once for each node, whose dies pass it on; combine sends results back likewise',
    source: 'DeepEP: low-latency kernels send once for each expert, normal ones once for each node and die',
  },
  sends: {
    type: 'enum',
    default: 'all',
    values: ['all', 'staged'],
    doc: 'when a die sends its tokens and results: all = at once; staged = to one die after the other, in turns in which no die is sent to by two; with dispatch=die or node',
    source:
      'moesim, after all-to-alls in one-to-one stages: pairwise exchange in MPI, FAST (arXiv 2505.09764)',
  },
  batches: {
    type: 'integer',
    default: 1,
    min: 1,
    max: 2,
    doc: 'batches that the tokens of every die are split into: with 2 the second is sent while the kernels compute the first, whose results go home while they compute the second; with kernels that take all experts at once, dispatch=die or node',
    source: 'moesim, after two-batch overlap in SGLang and DeepSeek-V3 (arXiv 2412.19437)',
  },
} as const satisfies OptionTable

export type KernelOptions = OptionsOf<typeof KERNEL_OPTIONS> & {
  readonly prefetch: number
  readonly slices: number
}

interface Conflict {
  readonly what: string
  readonly hint: string
}

/** Of options alone, whatever the machine. */
export function kernelConflict(
  { launch, dispatch, sends, batches, prefetch, slices }: KernelOptions,
  compat: SchedulerContext['compat'],
): Conflict | undefined {
  if (dispatch === 'expert' && (sends === 'staged' || batches > 1)) {
    return {
      what: `ep: ${sends === 'staged' ? 'sends=staged' : 'batches=2'} needs tokens that are sent once for each die or node`,
      hint: 'use it with dispatch=die or dispatch=node',
    }
  }
  if (batches > 1 && (prefetch > 0 || slices > 1 || launch === 'expert')) {
    return {
      what: 'ep:batches=2 takes no launch=expert, no prefetch and no slices',
      hint: 'it overlaps the sends of one batch with the kernels of another; leave them out',
    }
  }
  if (compat === 'paper' && (launch === 'die' || dispatch !== 'expert')) {
    return {
      what: 'ep takes no launch=die and no dispatch under compat: paper',
      hint: 'that setting moves activations for free and computes expert by expert; use compat: physical',
    }
  }
  if (launch !== 'die' || (prefetch === 0 && slices === 1)) return undefined
  return {
    what: 'ep: launch=die takes no prefetch and no slices',
    hint: 'its kernels read weights while they multiply; leave both out, or use launch=expert',
  }
}

/** Throws UserError for `launch: die`, `batches: 2` and `dispatch: node` on machines that have no such thing. */
export function kernelSetting(
  options: KernelOptions,
  context: SchedulerContext,
): Pick<EpSetting, 'launches' | 'dispatch' | 'sends' | 'batches'> {
  const { sends, batches } = options
  const setting = {
    launches: launches(options, context),
    dispatch: dispatchOf(options, context),
    sends,
    batches,
  }
  if (batches === 1 || setting.launches) return setting
  return fail('conflict', {
    what: `ep:batches=2 on ${context.hardware.name}, where no kernels take all experts of a die at once`,
    hint: 'leave batches out',
  })
}

function launches({ launch, prefetch, slices }: KernelOptions, context: SchedulerContext): boolean {
  if (launch === 'expert' || context.compat === 'paper') return false
  const isPossible = canLaunch(context)
  if (launch === 'auto') return isPossible && prefetch === 0 && slices === 1
  if (isPossible) return true
  return fail('conflict', {
    what: `launch=die on ${context.hardware.name}, which has not both compute model kernel and memory of its own on every die, or has tiers beyond it`,
    hint: 'leave launch out, or use launch=expert',
  })
}

/** `launch=expert` where there would be no other launches anyway. */
export function idleLaunch({ launch, prefetch, slices }: KernelOptions, run: RunOutline): IdleOptions[] {
  if (launch !== 'expert') return []
  if (canLaunch(run) && run.compat !== 'paper' && prefetch === 0 && slices === 1) return []
  return [{ names: ['launch'], why: 'experts are launched one by one here anyway' }]
}

function canLaunch({ hardware, topology }: Package): boolean {
  const { shared, channelDies } = hardware.memory
  const isOwn = channelDies.length === topology.dies && (!shared || topology.dies === 1)
  // Kernels read from the memory at the die, where weights of tiers beyond do not lie.
  return hardware.compute.kind === 'kernel' && isOwn && hardware.memory.tiers === undefined
}

function dispatchOf(
  { dispatch }: KernelOptions,
  { hardware, topology }: SchedulerContext,
): EpSetting['dispatch'] {
  if (dispatch !== 'node') return dispatch
  const spec = hardware.topology
  if (spec.kind === 'nodes') return { nodeDies: topology.dies / spec.count }
  return fail('conflict', {
    what: `dispatch=node on ${hardware.name}, which is not made of nodes`,
    hint: 'use dispatch=die, or set nodes.count to more than 1',
  })
}

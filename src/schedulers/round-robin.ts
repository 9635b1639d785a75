// Round-robin: the forecasting paper's Base. Whole experts go to dies in turn, wherever their weights lie.
import { channelOf } from './channels.ts'
import { assertWeightsFit, countHomes, slicesThatFit } from './memory-fit.ts'
import type { OptionTable } from './options.ts'
import { placements } from './placements/table.ts'
import type { Scheduler, SchedulerContext, SchedulerDefinition } from './scheduler.ts'
import { runTasks, type Task } from './tasks.ts'
import { expertFrom, expertTo, type LayerWork } from './work.ts'

const options = {
  offset: {
    type: 'integer',
    default: 7,
    min: 0,
    max: 65535,
    source: 'the artifact of the forecasting paper',
    doc: 'the i-th active expert, in order of first appearance, runs on die (i + offset) mod dies',
  },
} as const satisfies OptionTable

export const roundRobin: SchedulerDefinition<typeof options> = {
  summary: "the forecasting paper's Base: active experts to dies in turn, blind to where their weights lie",
  source: 'forecasting paper (arXiv 2510.05497): the scheme Base',
  options,
  idle: ({ offset }, { topology: { dies } }) =>
    offset % dies === options.offset.default % dies
      ? [
          {
            names: ['offset'],
            why: `${offset} and ${options.offset.default} begin on the same of ${dies} dies`,
          },
        ]
      : [],
  create: ({ offset }, context) => taskScheduler(context, (work) => roundRobinTasks(work, context, offset)),
}

/** The i-th expert to appear in the batch goes to die (i + offset) mod dies (forecasting sheet 4.2). */
export function roundRobinTasks(
  work: LayerWork,
  { topology }: Pick<SchedulerContext, 'topology'>,
  offset: number,
): Task[] {
  const tasks = work.firstSeen.map((expert, i) => ({
    expert,
    fromPair: expertFrom(work, expert),
    toPair: expertTo(work, expert),
    die: topology.order[(i + offset) % topology.dies]!,
  }))
  return tasks.sort((a, b) => a.expert - b.expert)
}

/** Slices per expert: its three matrices, or more where SRAM is too small for two of them. */
const MATRICES = 3
const SLICES_IN_FLIGHT = 2
/** A die fetches the next expert while one is at work. */
const EXPERTS_IN_FLIGHT = 2

export interface TaskSetting {
  readonly slices: number
  readonly window: number
  readonly home: Int32Array
  /** Channel die behind which an expert's weights lie. */
  readonly homeChannel: (expert: number) => number
  /** Channel die from which an expert is read: the home's; where memory is shared any, which is undefined. */
  readonly source: (expert: number) => number | undefined
}

/** What schedulers that place whole tasks share: homes, slices, and how far a die fetches ahead. */
export function taskSetting(context: SchedulerContext): TaskSetting {
  const home = placements.contiguous.place(context.model.experts, context.topology, context.compat)
  const channel = channelOf(context)
  assertWeightsFit(context, countHomes(home.map(channel), context.topology.dies))
  const slices = slicesThatFit(context, MATRICES, SLICES_IN_FLIGHT)
  // The forecasting paper's machine asks for all weights of a layer at once.
  const window = context.compat === 'paper' ? Infinity : EXPERTS_IN_FLIGHT * slices
  const homeChannel = (expert: number) => channel(home[expert]!)
  const source = context.hardware.memory.shared ? () => undefined : homeChannel
  return { slices, window, home, homeChannel, source }
}

/** A scheduler that places whole tasks: it only says which die does which. */
export function taskScheduler(context: SchedulerContext, tasksOf: (work: LayerWork) => Task[]): Scheduler {
  const { slices, window, homeChannel, source } = taskSetting(context)
  return {
    slices,
    home: homeChannel,
    startLayer: (machine) =>
      runTasks(machine, tasksOf(machine.work), {
        window,
        sourceOf: source,
      }),
  }
}

// FSE-DP's options, and which of them do not go together or have no effect.
import { fail } from '../../errors.ts'
import type { OptionsOf, OptionTable } from '../options.ts'
import type { SchedulerContext } from '../scheduler.ts'
import { bufferingConflict, bufferingOptions } from './buffering.ts'

const MOST_NS = 1_000_000

export const options = {
  paired: {
    type: 'boolean',
    default: false,
    doc: 'load the most and the least wanted experts alternately; false: in id order',
    source: 'FSE-DP paper (arXiv 2603.27624): paired-load policy, ablation A3',
  },
  'load-aware': {
    type: 'boolean',
    default: false,
    doc: 'load the next most wanted expert while computing is behind loading, else the next least wanted; false: the order is that of paired',
    source: 'moesim',
  },
  slices: {
    type: 'integer',
    default: 16,
    min: 1,
    max: 1024,
    doc: 'micro-slices per expert',
    source: 'FSE-DP paper (arXiv 2603.27624): micro-slice size, Fig. 17; 16 as in its reference code',
  },
  slots: {
    type: 'integer',
    default: 12,
    min: 2,
    max: 65536,
    doc: 'micro-slices a die can hold; fewer where SRAM has no room',
  },
  reserve: {
    type: 'integer',
    default: 1,
    min: 0,
    max: 65535,
    doc: 'slots of a die that loads leave free for incoming micro-slices; with 0 too no layer gets stuck',
  },
  rule5: {
    type: 'boolean',
    default: false,
    source: 'FSE-DP paper (arXiv 2603.27624): virtualization rule 5',
    doc: 'whichever memory channel is idle reads the next micro-slice, for the die of its trajectory with most free slots; false: entry',
  },
  entry: {
    type: 'enum',
    default: 'all',
    values: ['all', 'trajectory'],
    doc: 'in shared memory: all = micro-slices are dealt over all channels and enter at the die of the trajectory nearest to theirs; trajectory = dealt over its dies, each reading through its own or nearest channel',
  },
  layout: {
    type: 'enum',
    default: 'even',
    values: ['even', 'sequential'],
    source: 'FSE-DP paper (arXiv 2603.27624), ablation A2: SEQUENTIAL in its reference code',
    doc: 'how weights lie behind the channels: even = micro-slices dealt over them; sequential = one block of experts behind each',
  },
  control: {
    type: 'number',
    default: 0,
    min: 0,
    max: MOST_NS,
    source:
      'FSE-DP paper (arXiv 2603.27624): micro-slice size, Fig. 17, which names the overhead but not its size',
    doc: 'ns of control that each micro-slice costs the compute unit of each die it visits',
  },
  decision: {
    type: 'number',
    default: 0,
    min: 0,
    max: MOST_NS,
    source: 'FSE-DP paper (arXiv 2603.27624): scheduler hardware',
    doc: 'ns the scheduler takes for each expert before any of it is loaded, others running meanwhile; the paper: below 1000',
  },
  naive: {
    type: 'boolean',
    default: false,
    source: 'FSE-DP paper (arXiv 2603.27624): naive FSE-DP, ablation A1',
    doc: 'one expert at a time, tokens spread evenly, one slice per die, moved on in phases (A1 of the paper)',
  },
  rotate: {
    type: 'enum',
    default: 'weights',
    values: ['weights', 'tokens'],
    doc: 'what moves from die to die between the phases of naive',
  },
  ...bufferingOptions,
} as const satisfies OptionTable

export type FseDpOptions = OptionsOf<typeof options>

/** Options that say how micro-slices flow, of which naive has none. */
const OF_STREAMING = [
  ...(['paired', 'load-aware', 'slices', 'slots', 'reserve'] as const),
  ...(['rule5', 'entry', 'layout', 'decision'] as const),
] as const

export function conflictOf(values: FseDpOptions): { what: string; hint: string } | undefined {
  const idle = OF_STREAMING.filter((name) => values[name] !== options[name].default)
  if (values.naive && idle.length > 0) {
    return {
      what: `fse-dp: with naive=true, ${idle.join(', ')} would change nothing`,
      hint: 'naive handles one expert at a time, one slice per die, each die holding two; leave these options or naive out',
    }
  }
  if (!values.naive && values.rotate !== options.rotate.default) {
    return {
      what: `fse-dp: rotate=${values.rotate} would change nothing without naive=true`,
      hint: 'without naive there are no phases, and always weights move; leave rotate out or add naive=true',
    }
  }
  if (values['load-aware'] && values.paired) {
    return {
      what: 'fse-dp: load-aware=true and paired=true both say in which order experts are loaded',
      hint: 'leave one of them out',
    }
  }
  if (values.entry === 'trajectory' && (values.rule5 || values.layout !== options.layout.default)) {
    const other = values.rule5 ? 'rule5=true' : `layout=${values.layout}`
    return {
      what: `fse-dp: entry=trajectory and ${other} both say which channel reads a micro-slice`,
      hint: 'leave one of them out',
    }
  }
  const idleBuffering = bufferingConflict(values)
  if (idleBuffering !== undefined) return idleBuffering
  if (!values.naive && values.slots <= values.reserve) {
    return {
      what: `fse-dp: slots=${values.slots} with reserve=${values.reserve} leaves no slot to load into`,
      hint: 'a die needs at least one slot more than the reserve',
    }
  }
  return undefined
}

/** Refuses to choose which channel reads a micro-slice where there is no choice. */
export function assertHasEffect(
  { entry, layout, rule5 }: FseDpOptions,
  { hardware }: SchedulerContext,
): void {
  const { shared, channelDies } = hardware.memory
  const refuse = (option: string, why: string) =>
    fail('conflict', {
      what: `fse-dp: ${option} changes nothing on ${hardware.name}, where ${why}`,
      hint: 'leave it out',
    })
  const isSingle = channelDies.length === 1
  if (entry === 'trajectory' && !shared) refuse('entry=trajectory', 'each weight has one home')
  if (entry === 'trajectory' && isSingle) refuse('entry=trajectory', 'there is one memory channel')
  if (layout === 'sequential' && isSingle) refuse('layout=sequential', 'there is one memory channel')
  if (layout === 'sequential' && shared && rule5) {
    refuse('layout=sequential with rule5=true', 'any channel can read any weight')
  }
}

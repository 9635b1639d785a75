// Options are typed by their table. The type check is the test: it fails where a use that must not compile does.
import type { ep } from '../../src/schedulers/ep/ep.ts'
import type { OptionsOf, OptionTable } from '../../src/schedulers/options.ts'
import type { Scheduler, SchedulerDefinition } from '../../src/schedulers/scheduler.ts'
import { schedulers } from '../../src/schedulers/table.ts'

declare function schedulerOf(slices: number, isEager: boolean, order: 'hot' | 'cold'): Scheduler

const options = {
  slices: { type: 'integer', default: 4, min: 1, max: 16, doc: 'slices per expert' },
  eager: { type: 'boolean', default: false, doc: 'whether it is' },
  order: { type: 'enum', default: 'hot', values: ['hot', 'cold'], doc: 'which experts come first' },
} as const satisfies OptionTable
const described = { summary: 'made up', source: 'moesim' }

/** Compiles, and fits into the table of all schedulers beside others. */
const madeUp: SchedulerDefinition<typeof options> = {
  ...described,
  options,
  paperDefaults: { order: 'cold' },
  readsAhead: ({ eager }) => eager,
  create: ({ slices, eager, order }) => schedulerOf(slices, eager, order),
}
export const table: typeof schedulers = { ...schedulers, madeUp }

const { slices, ...others } = options
const renamedOptions = { ...others, parts: slices }

/** An option was renamed in the table, and its uses were not. */
export const renamed: SchedulerDefinition<typeof renamedOptions> = {
  ...described,
  options: renamedOptions,
  // @ts-expect-error: no such option
  paperDefaults: { slices: 2 },
  // @ts-expect-error: no such option
  readsAhead: (values) => values.slices > 1,
  // @ts-expect-error: no such option
  create: ({ slices, eager, order }) => schedulerOf(slices, eager, order),
}

/** Choices are the names that the table gives, numbers no text. */
export const values: OptionsOf<typeof options> = {
  // @ts-expect-error: no number
  slices: '4',
  eager: true,
  // @ts-expect-error: no choice
  order: 'warm',
}

/** So in the schedulers themselves, where choices are the names of another table. */
export const placements: Parameters<typeof ep.create>[0]['placement'][] = [
  'contiguous',
  // @ts-expect-error: no placement
  'contigous',
]

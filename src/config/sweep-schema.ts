// The `sweep` key of an experiment file: the axes that points differ in, and which points to leave out.
import * as z from 'zod'
import { byName, mapping, wholeNumber } from './fields.ts'

/** Most values that one axis may have. */
export const MAX_AXIS_VALUES = 10_000

const BOUND = 'a number, or a quantity with its unit such as 96 GB/s'
const VALUES = 'a list of values, or a range such as {from: 1 MiB, to: 8 MiB, factor: 2}'
const AXES = 'a mapping from paths, such as hardware.link.bandwidth, to lists of values or ranges'

const bound = z.union([z.number({ error: BOUND }), z.string({ error: BOUND }).min(1, { error: BOUND })], {
  error: BOUND,
})

/** From `from` up to at most `to`; exactly one of the three others says how: sweep/range.ts sees to that. */
export const rangeSchema = mapping({
  from: bound,
  to: bound,
  step: bound.optional().describe('Added from value to value'),
  factor: z
    .number({ error: 'a number above 1' })
    .gt(1, { error: 'a number above 1' })
    .optional()
    .describe('Multiplied from value to value'),
  count: wholeNumber(2, MAX_AXIS_VALUES).optional().describe('So many values, evenly spaced'),
})

const axisValues = z.union(
  [z.array(z.unknown(), { error: VALUES }).min(1, { error: 'a list of at least one value' }), rangeSchema],
  { error: VALUES },
)

export const sweepSchema = mapping({
  axes: byName(axisValues, AXES)
    .optional()
    .describe('By path into the experiment, the last one varies fastest: every combination is a point'),
  zip: z
    .array(byName(axisValues, AXES), { error: 'a list of mappings of axes' })
    .optional()
    .describe('Axes that go together: the values of one mapping are taken in step'),
  constraints: z
    .array(z.string({ error: 'a constraint such as area <= 30 mm2' }), {
      error: 'a list of constraints such as area <= 30 mm2',
    })
    .optional()
    .describe('Points that break one are left out, as by area <= 30 mm2; or results, as by latency <= 6 ms'),
})

export type SweepFile = z.output<typeof sweepSchema>
export type AxisValues = z.output<typeof axisValues>
export type RangeValues = z.output<typeof rangeSchema>

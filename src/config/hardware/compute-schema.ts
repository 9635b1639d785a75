// The compute section of a hardware file.
import * as z from 'zod'
import {
  byName,
  choice,
  flag,
  known,
  mapping,
  plainNumber,
  quantity,
  reachedShare,
  wholeNumber,
} from '../fields.ts'

/** Cells on a side of a systolic array: 4096 x 4096 are more multipliers than any chip has. */
const MAX_ARRAY_SIDE = 4096

/** Rows of a tile: a power of two, and the largest that any kernel has. */
const tileSide = z
  .int({ error: 'a power of two from 1 to 1024' })
  .refine((side) => side >= 1 && side <= 1024 && Number.isInteger(Math.log2(side)), {
    error: 'a power of two from 1 to 1024',
  })

const kernelFormat = mapping({
  weights: quantity('size', true).describe(
    'Bytes of a weight, such as 2 B; narrower weights are widened to it',
  ),
  inputs: quantity('size', true)
    .optional()
    .describe('Bytes that activations are rounded to before a product; absent: they are not rounded'),
  peak: known(quantity('rate', true)),
  share: known(reachedShare).describe('Of the peak, in full tiles'),
  rows: known(z.tuple([tileSide, tileSide], { error: 'two powers of two, such as [16, 128]' })).describe(
    'Fewest and most rows of a tile',
  ),
})

const wholeRange = z.tuple([wholeNumber(1, 1e9), wholeNumber(1, 1e9)], {
  error: 'two whole numbers, such as [1, 16384]',
})
const fittedRange = mapping({
  tokens: wholeRange.describe('Tokens of a layer and iteration'),
  hidden: wholeRange,
  intermediate: wholeRange.describe('Inner width of an expert'),
  experts: wholeRange,
  top_k: wholeRange,
  weights: z
    .tuple([quantity('size', true), quantity('size', true)], { error: 'two sizes, such as [1 B, 2 B]' })
    .describe('Bytes of a weight'),
})

const utilization = byName(
  reachedShare,
  'shares of the peak by token count, such as {128: 0.5, 256: 0.53, more: 0.69}',
)

export const computeSchema = z.discriminatedUnion(
  'model',
  [
    mapping({
      model: z.literal('ideal'),
      peak: quantity('rate', true).optional(),
      macs_per_cycle: wholeNumber(1, 1e9).optional().describe('With clock, instead of peak; a MAC is 2 FLOP'),
      clock: quantity('frequency', true).optional(),
    }),
    mapping({
      model: z.literal('table'),
      peak: quantity('rate', true),
      utilization: byName(
        utilization,
        'utilization tables by shape of expert, one of them named default',
      ).describe(
        'By hidden x inner width of an expert, such as 4096x1536; default for the others. Each: largest token count of a job -> share of the peak, then more',
      ),
    }),
    mapping({
      model: z.literal('systolic'),
      rows: wholeNumber(1, MAX_ARRAY_SIDE),
      columns: wholeNumber(1, MAX_ARRAY_SIDE),
      clock: quantity('frequency', true),
      dataflow: choice(['ws', 'os', 'is']).describe('What stays in the array: weights, outputs or inputs'),
      double_buffered: flag()
        .default(false)
        .describe('true: the next tile is loaded while one computes; false: the array drains in between'),
    }),
    mapping({
      model: z.literal('kernel'),
      units: known(wholeNumber(1, 1e6)).describe('Processors (SMs of a GPU), each with one tile in work'),
      formats: z
        .array(kernelFormat, { error: 'a list of formats' })
        .min(1, { error: 'at least one format' })
        .max(8, { error: 'at most 8 formats' })
        .describe('By bytes of a weight'),
      columns: known(tileSide).describe('Columns of a tile'),
      fill: known(quantity('size', false)).describe(
        'Of one row of inputs, what is on its way before a tile starts to multiply',
      ),
      startup: known(quantity('time', false)).describe('Of one launch'),
      launches: known(wholeNumber(1, 1000)).describe(
        'Launches of a layer; two more where activations are rounded',
      ),
      overlap: known(plainNumber(0, 1)).describe(
        'Share of the shorter of reading and arithmetic of a tile that the longer hides',
      ),
      reread: known(plainNumber(0, 1)).describe(
        'Share of a weight matrix beyond the cache that each further row tile reads again',
      ),
      elementwise: known(reachedShare).describe(
        "Share of the memory's bandwidth that kernels between the products reach",
      ),
      fitted_range: fittedRange.optional().describe('What the rows cover that constants were fitted on'),
    }),
  ],
  {
    error: (issue) =>
      issue.code === 'invalid_union'
        ? 'one of ideal, table, systolic, kernel'
        : 'a mapping with a model, such as {model: ideal, peak: 989 TFLOP/s}',
  },
)

// The shape of a manifest, checked; loaded only where a trace has one.
import * as z from 'zod'
import type { Manifest } from './manifest.ts'

const whole = z.number().int().min(0)

export const manifestSchema: z.ZodType<Manifest> = z.strictObject({
  version: z.literal(2),
  model: z.string().min(1).max(200),
  experts: whole.min(1),
  topK: whole.min(1),
  layers: z
    .array(whole)
    .min(1)
    .refine((layers) => layers.every((layer, i) => i === 0 || layer > layers[i - 1]!), 'must ascend'),
  requests: whole.min(1),
  prefillTokens: whole,
  decodeTokens: whole,
  phases: z.enum(['recorded', 'assumed']),
  source: z.strictObject({ format: z.string().max(200), name: z.string().max(1000) }),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

// The shape of a manifest, and the check of it: zod is loaded only where a trace has one.
import * as z from 'zod'

export interface Manifest {
  readonly version: 2
  readonly model: string
  readonly experts: number
  readonly topK: number
  /** Model layer ids that the trace covers, ascending. */
  readonly layers: readonly number[]
  readonly requests: number
  readonly prefillTokens: number
  readonly decodeTokens: number
  /** `assumed`: the recorder did not say which tokens are the prompt, so that all of a request count alike. */
  readonly phases: 'recorded' | 'assumed'
  /** What it was converted from. */
  readonly source: { readonly format: string; readonly name: string }
  /** Of the routing, whatever form it is in: see routing-hash.ts. */
  readonly sha256: string
}

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

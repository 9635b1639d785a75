// Knobs with the model they are for, as a file: what a fit found can be generated from again, at any length.
import * as z from 'zod'
import { fail } from '../../errors.ts'
import { issueText } from '../issue-text.ts'
import type { GeneratorSpec, RoutingShape } from './generator-spec.ts'

export interface KnobsFile {
  readonly schemaVersion: 1
  readonly model: string
  readonly shape: RoutingShape
  readonly spec: GeneratorSpec
}

const whole = z.number().int().min(0)
const depth = z.union([z.number(), z.array(z.tuple([whole, z.number()])).min(1)])
const schema = z.strictObject({
  schemaVersion: z.literal(1),
  model: z.string().min(1),
  shape: z.strictObject({
    experts: whole,
    topK: whole,
    layers: z.array(whole).min(1),
    router: z.strictObject({ groups: whole, groupsPerToken: whole }).optional(),
  }),
  spec: z.strictObject({
    skew: depth,
    reuse: depth,
    topics: whole,
    requests: whole,
    prefillTokens: whole,
    decodeTokens: whole,
    structure: z
      .strictObject({
        classes: whole.optional(),
        affinity: depth.optional(),
        focus: z.number().optional(),
        persistence: z.number().optional(),
        coactivation: depth.optional(),
        drift: depth.optional(),
        lengthSpread: z.number().optional(),
        lengths: z
          .array(z.tuple([whole, whole]))
          .min(1)
          .optional(),
        popularity: z
          .array(z.strictObject({ layer: whole, prefill: z.array(z.number()), decode: z.array(z.number()) }))
          .optional(),
      })
      .optional(),
  }),
})

export function formatKnobs(knobs: Omit<KnobsFile, 'schemaVersion'>): string {
  return `${JSON.stringify({ schemaVersion: 1, ...knobs })}\n`
}

/** What `formatKnobs` wrote. Throws UserError where `text`, the content of `file`, is something else. */
export function parseKnobs(text: string, file: string): KnobsFile {
  const hint = 'write it with "moesim trace synth --like TRACE --save-knobs FILE"'
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return fail('trace', { what: `not valid JSON: ${error.message}`, hint }, { file })
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data as KnobsFile
  return fail('trace', { what: `not a file of knobs: ${issueText(parsed.error.issues)}`, hint }, { file })
}

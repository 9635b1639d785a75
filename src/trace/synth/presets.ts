// Knobs by the name of a model, calibrated to what is published about its routing.
import type { GeneratorSpec } from './generator-spec.ts'

/** A spec without what a user asks for: how many requests, and how long. */
export type PresetKnobs = Omit<GeneratorSpec, 'requests' | 'prefillTokens' | 'decodeTokens'>

/** Requests of the forecasting paper's evaluation: 60 prompt and 127 answer tokens (its section on the set-up). */
export const PRESET_LENGTHS = { prefillTokens: 60, decodeTokens: 127 } as const

/**
 * The models of arXiv 2510.05497, calibrated to its S1 and S2 (share of probability on the top 20 % candidates of the next
 * layer and of the next token), S5 (hot sets of prefill in decode) and, Llama 4, S6 (max / mean load of layer 7). Reuse is 0 in the
 * first layers and grows with depth, as its heat maps show. Then the models of the FSE-DP paper, of whose routing nothing is
 * published: DeepSeek-MoE and Qwen3-30B take the knobs of their larger relatives, the others the model files' skew of 1.
 */
export const PRESETS: Readonly<Record<string, PresetKnobs>> = {
  'deepseek-v3': calibrated({
    skew: 0.86,
    reuse: [
      [3, 0],
      [60, 0.3],
    ],
    classes: 16,
    affinity: 1.4,
    drift: 0.35,
  }),
  'qwen3-235b-a22b': calibrated({
    skew: 1.4,
    reuse: [
      [0, 0],
      [93, 0.5],
    ],
    classes: 16,
    affinity: 1.9,
    drift: 0.5,
  }),
  'llama-4-maverick': calibrated({
    skew: 1.5,
    reuse: [
      [1, 0.1],
      [47, 0.35],
    ],
    classes: 16,
    persistence: 0.2,
    affinity: 3,
    drift: 0.3,
  }),
  'kimi-k2': calibrated({
    skew: 1.07,
    reuse: [
      [1, 0],
      [60, 0.3],
    ],
    classes: 16,
    affinity: 1.2,
    drift: 0.35,
  }),
  'qwen3-30b-a3b': calibrated({
    skew: 1.4,
    reuse: [
      [0, 0],
      [47, 0.5],
    ],
    classes: 16,
    affinity: 1.9,
    drift: 0.5,
  }),
  'deepseek-moe-16b': calibrated({
    skew: 0.86,
    reuse: [
      [1, 0],
      [27, 0.3],
    ],
    classes: 16,
    affinity: 1.4,
    drift: 0.35,
  }),
  'phi-3.5-moe': calibrated({ skew: 1, reuse: 0, classes: 16, affinity: 0.5, drift: 0.35 }),
  'yuan2-m32': calibrated({ skew: 1, reuse: 0, classes: 16, affinity: 0.5, drift: 0.35 }),
}

interface Calibration extends Pick<GeneratorSpec, 'skew' | 'reuse'> {
  readonly classes: number
  readonly affinity: number
  readonly persistence?: number
  readonly drift: number
}

function calibrated({ skew, reuse, ...structure }: Calibration): PresetKnobs {
  return { skew, reuse, topics: 4, structure }
}

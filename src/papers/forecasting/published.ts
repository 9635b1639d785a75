// The numbers that the forecasting paper prints for its wafer case study, in our units.
//
// Averages and ranges are in its text; single values of Fig. 12 are the labels of its bars, and values marked with a tilde
// in their text were read off its axes.
import { ALLO, BOTH, PRED } from './cases.ts'

interface Averages {
  readonly gain: number
  readonly hops: number
}

/** Means over the 24 cases. */
export const AVERAGES: Readonly<Record<string, Averages>> = {
  [PRED]: { gain: 3.0, hops: 4.5 },
  [ALLO]: { gain: 6.3, hops: 142 },
  [BOTH]: { gain: 6.63, hops: 213 },
}

/** Of Allo+Pred. */
export const GAIN_OF_MODEL: Readonly<Record<string, number>> = {
  'deepseek-v3': 7.0,
  'kimi-k2': 8.2,
  'llama-4-maverick': 7.3,
  'qwen3-235b-a22b': 4.1,
}
export const GAIN_OF_MESH: Readonly<Record<string, number>> = { 'dojo-5x5': 6.0, 'tsmc-sow-3x8': 7.5 }
/** Of Allo+Pred over EP, by batch. */
export const GAIN_OVER_EP: Readonly<Record<number, number>> = { 4096: 1, 16384: 1.44 }

export interface Bar {
  readonly model: string
  readonly mesh: string
  /** By scheme, at the smallest batch. */
  readonly values: Readonly<Record<string, number>>
}

const bar = (model: string, mesh: string, pred: number, allo: number, both: number): Bar => ({
  model,
  mesh,
  values: { [PRED]: pred, [ALLO]: allo, [BOTH]: both },
})

/** Labels of the speedup bars at a batch of 4096. */
export const GAIN_BARS: readonly Bar[] = [
  bar('deepseek-v3', 'dojo-5x5', 3.4, 7.9, 8.1),
  bar('deepseek-v3', 'tsmc-sow-3x8', 3.7, 10.2, 10.3),
  bar('kimi-k2', 'dojo-5x5', 3.7, 8.2, 8.3),
  bar('kimi-k2', 'tsmc-sow-3x8', 4.0, 10.4, 10.5),
  bar('llama-4-maverick', 'dojo-5x5', 2.8, 6.5, 6.7),
  bar('llama-4-maverick', 'tsmc-sow-3x8', 3.1, 8.4, 8.5),
  bar('qwen3-235b-a22b', 'dojo-5x5', 2.7, 4.8, 5.4),
  bar('qwen3-235b-a22b', 'tsmc-sow-3x8', 3.0, 6.2, 6.9),
]

/** The same for hop reductions. */
export const HOP_BARS: readonly Bar[] = [
  bar('deepseek-v3', 'dojo-5x5', 4.4, 186.8, 189.3),
  bar('kimi-k2', 'dojo-5x5', 4.7, 226.6, 227.5),
  bar('llama-4-maverick', 'tsmc-sow-3x8', 4.2, 410.9, 479.9),
]

export interface Range {
  readonly from: number
  readonly to: number
}

/** Read off the axes, over all cases. */
export const GAIN_RANGES: Readonly<Record<string, Range>> = {
  [PRED]: { from: 1.4, to: 4.0 },
  [ALLO]: { from: 2, to: 10 },
  [BOTH]: { from: 2, to: 10.5 },
}
/** Of most cases. */
export const HOP_RANGES: Readonly<Record<string, Range>> = {
  [PRED]: { from: 3.8, to: 5.2 },
  [ALLO]: { from: 42, to: 410 },
  [BOTH]: { from: 75, to: 480 },
}

/** Read off the axes: Allo+Pred of DeepSeek V3 on 5x5 dies with larger batches. */
export const DEEPSEEK_LARGER: readonly (Range & { readonly batch: number })[] = [
  { batch: 8192, from: 6, to: 7 },
  { batch: 16384, from: 3, to: 4 },
]
/** Follows from the averages and bars: mean of Allo+Pred with batches of 8192 and 16384 on both wafers. */
export const LARGER_BATCHES: Readonly<Record<string, number>> = {
  'deepseek-v3': 5.9,
  'kimi-k2': 7.6,
  'llama-4-maverick': 7.2,
  'qwen3-235b-a22b': 3.1,
}

// A measured MoE layer of one rank: what the rows of moe_kernel.csv say, and how long our kernel model takes for it.
import { type KernelWork, kernelMemory, kernelPs, kernelTime } from '../../hardware/kernel.ts'
import type { HardwareSpec, KernelSpec } from '../../hardware/spec.ts'
import type { ReferenceRow } from '../reference-rows.ts'
import { expertRows, type RoutingCase } from './expert-rows.ts'

/** Bytes of a weight, scales included where they count, by the name the rows give their precision. */
const WEIGHT_BYTES = {
  bfloat16: 2,
  float16: 2,
  fp8: 1,
  fp8_block: 1,
  int8: 1,
  nvfp4: 0.5625,
  w4a16_mxfp4: 0.53125,
  int4_wo: 0.515625,
} as const
const PRECISIONS = Object.keys(WEIGHT_BYTES) as (keyof typeof WEIGHT_BYTES)[]

/** Activations come and go as bfloat16. */
const ACTIVATION_BYTES = 2
/** Gate, up and down. */
const MATRICES = 3

export interface KernelCase extends RoutingCase {
  readonly gpu: string
  readonly precision: string
  readonly weightBytes: number
  readonly hidden: number
  readonly intermediate: number
  /** As the row names it. */
  readonly routing: string
  /** Of the power law; undefined: every expert the same number of tokens. */
  readonly exponent: number | undefined
}

export const KERNEL_COLUMNS = [
  'gpu',
  'precision',
  'tokens',
  'hidden',
  'intermediate',
  'top_k',
  'experts',
  'ep',
  'routing',
  'latency_us',
]

const MOST = 1e6

/** Throws RowProblem. */
export function kernelCase(row: ReferenceRow): KernelCase {
  const precision = row.oneOf('precision', PRECISIONS)
  const experts = row.whole('experts', 1, MOST)
  const topK = row.whole('top_k', 1, experts)
  const ranks = row.whole('ep', 1, experts)
  if (experts % ranks !== 0) row.refuse('ep', `a number of ranks that divides ${experts} experts`)
  const slices = row.has('tp') ? row.whole('tp', 1, MOST) : 1
  const routing = row.text('routing')
  const exponent = /^power_law_(\d+(?:\.\d+)?)$/.exec(routing)?.[1]
  if (exponent === undefined && routing !== 'balanced')
    row.refuse('routing', 'balanced, or a power law such as power_law_1.2')
  return {
    gpu: row.text('gpu'),
    precision,
    weightBytes: WEIGHT_BYTES[precision],
    tokens: row.whole('tokens', 1, MOST),
    hidden: row.whole('hidden', 1, MOST),
    intermediate: Math.ceil(row.whole('intermediate', 1, MOST) / slices),
    topK,
    experts,
    ranks,
    routing,
    exponent: exponent === undefined ? undefined : Number(exponent),
  }
}

/** The rows that a rank's experts get, one work per draw: the kernel is given the pairs of all ranks. */
export function kernelWorks(given: KernelCase): KernelWork[] {
  const pairs = given.tokens * given.topK
  return expertRows(given, given.exponent).map((rows) => ({
    expertRows: rows.filter((count) => count > 0),
    meanRows: pairs / given.experts,
    pairs,
    tokens: given.tokens,
  }))
}

/** Hardware whose compute model is of kernels. */
export type KernelHardware = HardwareSpec & { readonly compute: KernelSpec }

/** Mean over the draws, in us. */
export function kernelUs(hardware: KernelHardware, given: KernelCase, works: readonly KernelWork[]): number {
  const { hidden, intermediate: inner, weightBytes } = given
  const shape = { hidden, inner, matrices: MATRICES, weightBytes, activationBytes: ACTIVATION_BYTES }
  const memory = kernelMemory(hardware)
  const totalPs = works.reduce(
    (sum, work) => sum + kernelPs(kernelTime(hardware.compute, memory, shape, work)),
    0,
  )
  return totalPs / works.length / 1e6
}

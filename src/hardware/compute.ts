// How long a compute unit needs for some tokens and a slice of an expert.
import { durationPs } from '../engine/loop.ts'
import { expertHidden, flopPerToken, type ModelShape, matricesOf } from '../model/shape.ts'
import type { ComputeSpec } from './spec.ts'
import { gemmCycles } from './systolic.ts'
import { overlappedGemmCycles } from './systolic-overlap.ts'

/** Peak rate of one die, FLOP/ps. */
export function peakFlopPerPs(spec: ComputeSpec): number {
  // A multiply-accumulate is two FLOPs.
  return spec.kind === 'systolic' ? (2 * spec.rows * spec.columns) / spec.clockPs : spec.flopPerPs
}

/** The best rate any job can reach, FLOP/ps: what a lower bound on time may assume. */
export function bestFlopPerPs(spec: ComputeSpec): number {
  if (spec.kind !== 'table') return peakFlopPerPs(spec)
  return spec.flopPerPs * Math.max(...spec.utilization.map((step) => step.value))
}

/** Share of the peak that a job of `tokens` tokens reaches (a systolic array: by its tiling, see computePs). */
function tableUtilization(spec: Extract<ComputeSpec, { kind: 'table' }>, tokens: number): number {
  return (spec.utilization.find((step) => tokens <= step.upTo) ?? spec.utilization.at(-1)!).value
}

/** The rate that large products of so many tokens are assumed to reach, FLOP/ps: a systolic array's peak, not its tiling. */
export function sustainedFlopPerPs(spec: ComputeSpec, tokens: number): number {
  return spec.kind === 'table' ? spec.flopPerPs * tableUtilization(spec, tokens) : peakFlopPerPs(spec)
}

/** Tokens of a typical job, at which planners that need one rate read the table (forecasting sheet 4.4: 0.7 of peak). */
const TYPICAL_TOKENS = 1024

/** The rate a planner assumes without looking at a job, FLOP/ps. */
export function plannedFlopPerPs(spec: ComputeSpec): number {
  return sustainedFlopPerPs(spec, TYPICAL_TOKENS)
}

/** Time of `tokens` tokens through one of `slices` equal pieces of an expert, in ps, rounded up. */
export function computePs(spec: ComputeSpec, model: ModelShape, tokens: number, slices: number): number {
  const flop = (flopPerToken(model) * tokens) / slices
  switch (spec.kind) {
    case 'ideal':
      return durationPs(flop, spec.flopPerPs)
    case 'table':
      return durationPs(flop, spec.flopPerPs * tableUtilization(spec, tokens))
    case 'systolic': {
      // A slice is a share of the inner width: gate and up produce it, down consumes it.
      const width = Math.ceil(model.expertIntermediate / slices)
      const cycles = spec.doubleBuffered ? overlappedGemmCycles : gemmCycles
      const up = cycles(spec, tokens, expertHidden(model), width)
      const down = cycles(spec, tokens, width, expertHidden(model))
      // The closed forms leave one cycle out, which on a tiny array would beat one multiply-accumulate per cell and cycle.
      const leastCycles = flop / (2 * spec.rows * spec.columns)
      return durationPs(Math.max((matricesOf(model) - 1) * up + down, leastCycles) * spec.clockPs, 1)
    }
  }
}

// How long a compute unit needs for some tokens and a slice of an expert.
import { durationPs } from '../engine/loop.ts'
import { expertHidden, flopPerToken, type ModelShape, matricesOf } from '../model/shape.ts'
import { kernelFormat, tileRows } from './kernel.ts'
import type { ComputeSpec, KernelSpec } from './spec.ts'
import { gemmCycles } from './systolic.ts'
import { overlappedGemmCycles } from './systolic-overlap.ts'

/** Peak rate of one die, FLOP/ps. `weightBytes`: of a weight, where rates depend on it; absent: of the fastest format. */
export function peakFlopPerPs(spec: ComputeSpec, weightBytes?: number): number {
  // A multiply-accumulate is two FLOPs.
  if (spec.kind === 'systolic') return (2 * spec.rows * spec.columns) / spec.clockPs
  if (spec.kind !== 'kernel') return spec.flopPerPs
  const formats = weightBytes === undefined ? spec.formats : [kernelFormat(spec, weightBytes)]
  return Math.max(...formats.map(({ flopPerPs }) => flopPerPs))
}

/** The best rate any job can reach, FLOP/ps: what a lower bound on time may assume. */
export function bestFlopPerPs(spec: ComputeSpec, weightBytes: number): number {
  switch (spec.kind) {
    case 'table':
      return spec.flopPerPs * Math.max(...spec.utilization.map((step) => step.value))
    case 'kernel':
      return kernelFlopPerPs(spec, weightBytes)
    default:
      return peakFlopPerPs(spec)
  }
}

/** In full tiles. */
function kernelFlopPerPs(spec: KernelSpec, weightBytes: number): number {
  const { flopPerPs, share } = kernelFormat(spec, weightBytes)
  return flopPerPs * share
}

/** Share of the peak that a job of `tokens` tokens reaches (a systolic array: by its tiling, see computePs). */
function tableUtilization(spec: Extract<ComputeSpec, { kind: 'table' }>, tokens: number): number {
  return (spec.utilization.find((step) => tokens <= step.upTo) ?? spec.utilization.at(-1)!).value
}

/** The rate that large products of so many tokens are assumed to reach, FLOP/ps: a systolic array's peak, not its tiling. */
export function sustainedFlopPerPs(spec: ComputeSpec, weightBytes: number, tokens: number): number {
  return spec.kind === 'table'
    ? spec.flopPerPs * tableUtilization(spec, tokens)
    : bestFlopPerPs(spec, weightBytes)
}

/** Tokens of a typical job, at which planners that need one rate read the table (forecasting sheet 4.4: 0.7 of peak). */
const TYPICAL_TOKENS = 1024

/** The rate a planner assumes without looking at a job, FLOP/ps. */
export function plannedFlopPerPs(spec: ComputeSpec, weightBytes: number): number {
  return sustainedFlopPerPs(spec, weightBytes, TYPICAL_TOKENS)
}

/** Columns that matrix units work on together: a tile of cuBLAS's and CUTLASS's usual size, as in the kernel model's files. */
const TILE_COLUMNS = 128

/**
 * Tiles of an expert's inner width as a whole over those of all its pieces, which are no fewer: a table of utilization was
 * measured on whole matrices.
 */
export function tileShare({ expertIntermediate }: ModelShape, slices: number): number {
  const tilesOf = (columns: number) => Math.ceil(columns / TILE_COLUMNS)
  return tilesOf(expertIntermediate) / (slices * tilesOf(expertIntermediate / slices))
}

/**
 * Time of `tokens` tokens through one of `slices` equal pieces of an expert's inner width, in ps, rounded up. Tables tell
 * utilization by tokens; a piece that does not fill its tiles reaches as much less as it leaves empty.
 */
export function computePs(spec: ComputeSpec, model: ModelShape, tokens: number, slices: number): number {
  if (spec.kind !== 'table') return pieceOfJobPs(spec, model, tokens, slices)
  const flop = (flopPerToken(model) * tokens) / slices
  return durationPs(flop, spec.flopPerPs * tableUtilization(spec, tokens) * tileShare(model, slices))
}

/** The same where a piece of a job runs at the rate that a table has for the whole. */
export function pieceOfJobPs(spec: ComputeSpec, model: ModelShape, tokens: number, slices: number): number {
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
    case 'kernel':
      return kernelJobPs(spec, model, tokens, slices)
  }
}

/** Launches of a job that has an expert's slice to itself: gate and up, the activation, down. */
const JOB_LAUNCHES = 3

/** The least that starting anything takes before a compute unit multiplies, in ps. */
export function leastStartupPs(spec: ComputeSpec): number {
  return spec.kind === 'kernel' ? spec.startupPs * Math.min(JOB_LAUNCHES, spec.launches) : 0
}

/** A job on its own, whose weights have been read before: its launches, and its rows rounded up to tiles. */
function kernelJobPs(spec: KernelSpec, model: ModelShape, tokens: number, slices: number): number {
  const format = kernelFormat(spec, model.weightBytes)
  const tile = tileRows(format, tokens)
  const flop = (flopPerToken(model) * Math.ceil(tokens / tile) * tile) / slices
  return durationPs(JOB_LAUNCHES * spec.startupPs + flop / kernelFlopPerPs(spec, model.weightBytes), 1)
}

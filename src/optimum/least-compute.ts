// The least time of compute units for an expert's tokens, however they and the expert are cut into jobs.
import { bestFlopPerPs, peakFlopPerPs } from '../hardware/compute.ts'
import { kernelFormat } from '../hardware/kernel.ts'
import type { ComputeSpec } from '../hardware/spec.ts'
import { expertHidden, flopPerToken, type ModelShape, matricesOf } from '../model/shape.ts'

type Table = Extract<ComputeSpec, { kind: 'table' }>
type Systolic = Extract<ComputeSpec, { kind: 'systolic' }>

/** In ps, not rounded: the sum over all units of all jobs that compute `tokens` tokens with a whole expert. */
export function leastExpertPs(spec: ComputeSpec, model: ModelShape, tokens: number): number {
  const atBestPs = tokens * leastTokenPs(spec, model, tokens)
  switch (spec.kind) {
    case 'kernel': {
      // Whatever tile a kernel takes, its rows are a multiple of the smallest.
      const { leastRows } = kernelFormat(spec, model.weightBytes)
      return (atBestPs * Math.ceil(tokens / leastRows) * leastRows) / tokens
    }
    case 'systolic':
      return Math.max(atBestPs, tiledCycles(spec, model, tokens) * spec.clockPs)
    default:
      return atBestPs
  }
}

/** The least that one token of an expert with so many can take, as its share of whichever job it is in. */
export function leastTokenPs(spec: ComputeSpec, model: ModelShape, tokens: number): number {
  const flopPerPs =
    spec.kind === 'table'
      ? spec.flopPerPs * bestUtilization(spec, tokens)
      : spec.kind === 'systolic'
        ? peakFlopPerPs(spec)
        : bestFlopPerPs(spec, model.weightBytes)
  return flopPerToken(model) / flopPerPs
}

/** Of jobs of up to so many tokens: a table may have the best share for fewer than there are. */
function bestUtilization({ utilization }: Table, tokens: number): number {
  const reached = utilization.filter((_, i) => i === 0 || utilization[i - 1]!.upTo < tokens)
  return Math.max(...reached.map(({ value }) => value))
}

/**
 * Cycles of a systolic array: one job of the whole expert and all tokens, of which every tile streams its rows and fills once.
 * Jobs of fewer tokens or of a piece of the inner width have no fewer tiles in sum, and fill more often. The closed forms of
 * systolic.ts leave a cycle out, which here every tile does.
 */
function tiledCycles(spec: Systolic, model: ModelShape, tokens: number): number {
  const { rows, columns } = spec
  // Of such an array the cycle left out is all there is to a fill.
  if (rows + columns < 3) return 0
  const hidden = expertHidden(model)
  const inner = model.expertIntermediate
  const product = (inputs: number, outputs: number): number => {
    const [stationary, streamed, fill] = {
      ws: [Math.ceil(inputs / rows) * Math.ceil(outputs / columns), tokens, 2 * rows + columns - 3],
      is: [Math.ceil(inputs / rows) * Math.ceil(tokens / columns), outputs, 2 * rows + columns - 3],
      os: [Math.ceil(tokens / rows) * Math.ceil(outputs / columns), inputs, rows + columns - 3],
    }[spec.dataflow] as [number, number, number]
    return stationary * (streamed + (spec.doubleBuffered ? 0 : fill))
  }
  return (matricesOf(model) - 1) * product(hidden, inner) + product(inner, hidden)
}

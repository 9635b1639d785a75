// Durations of FSE-DP's reference simulator in its frames, and what its EP makes of them (reference sheet, sections 3, 5.2).
import type { ModelShape } from '../../../model/shape.ts'

/** A frame is 40 cycles of one of an expert's three matrices: 120 cycles of 800 MHz. */
export const FRAME_PS = 150_000

/** Weights of one matrix that a frame computes for one token: 2048 operations a cycle, two for each weight. */
const COMPUTED_PER_FRAME = (2048 * 40) / 2
/** Weights that a frame loads through one channel: 32 B a cycle, 1 B a weight. */
const LOADED_PER_FRAME = 32 * 40
/** Weights or activations that a frame moves from die to die: 360 B a cycle. */
const MOVED_PER_FRAME = 360 * 40
/** Neither a load nor a move is shorter. */
const LEAST_FRAMES = 5

export interface Durations {
  /** One token through one piece of an expert. */
  readonly compute: number
  /** One piece from memory. */
  readonly load: number
}

/** Frames before they are rounded up; an expert is cut into `pieces`. */
export function exactFrames(model: ModelShape, pieces: number): Durations {
  const weights = (model.hidden * model.expertIntermediate) / pieces
  return { compute: weights / COMPUTED_PER_FRAME, load: weights / LOADED_PER_FRAME }
}

/** Frames as the reference simulator counts them: whole ones. */
export function wholeFrames(model: ModelShape, pieces: number): Durations {
  const { compute, load } = exactFrames(model, pieces)
  return { compute: Math.max(1, Math.ceil(compute)), load: Math.max(LEAST_FRAMES, Math.ceil(load)) }
}

/** A move of FSE-DP's micro-slice, charged as a whole matrix (B5), without contention (B6). */
export function sliceMoveFrames({ hidden, expertIntermediate }: ModelShape): number {
  return Math.max(LEAST_FRAMES, Math.ceil((hidden * expertIntermediate) / MOVED_PER_FRAME))
}

/** Tokens of one expert of EP, by the die they rest on, and the die that computes them. */
export interface HomedExpert {
  readonly die: number
  readonly tokensOnDie: readonly number[]
}

/**
 * Frames that gathering tokens adds to EP on the die that ends last: a token takes 5 frames (B5), a die sends one at a
 * time and starts to receive at most one a frame, and gathering begins when the expert is there. `prefetch`: experts
 * loaded ahead. Dies do not hinder each other in this estimate.
 */
export function gatherFrames(
  experts: readonly HomedExpert[],
  dies: number,
  durations: Durations,
  prefetch: number,
): number {
  const last = (withGather: boolean) =>
    Math.max(
      ...Array.from({ length: dies }, (_, die) =>
        walkFrames(
          experts.filter((expert) => expert.die === die),
          durations,
          prefetch,
          withGather,
        ),
      ),
    )
  return last(true) - last(false)
}

/** Frames of one die's experts, one after the other. */
function walkFrames(
  experts: readonly HomedExpert[],
  { compute, load }: Durations,
  prefetch: number,
  withGather: boolean,
): number {
  const ends: number[] = []
  let loaded = 0
  for (const [i, { die, tokensOnDie }] of experts.entries()) {
    loaded = Math.max(loaded, ends[i - 1 - prefetch] ?? 0) + load
    const tokens = tokensOnDie.reduce((sum, count) => sum + count, 0)
    const remote = tokensOnDie.filter((_, other) => other !== die)
    const gather = withGather ? expertGatherFrames(remote) : 0
    ends.push(Math.max(loaded, ends[i - 1] ?? 0) + gather + tokens * compute)
  }
  return ends.at(-1) ?? 0
}

function expertGatherFrames(remoteTokens: readonly number[]): number {
  const all = remoteTokens.reduce((sum, count) => sum + count, 0)
  if (all === 0) return 0
  return Math.max(LEAST_FRAMES * Math.max(...remoteTokens), all - 1 + LEAST_FRAMES)
}

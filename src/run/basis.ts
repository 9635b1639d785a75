// What a result rests on: how the constants of its hardware are known, and where the run leaves what they were fitted on.
import type { Experiment } from '../config/experiment/experiment.ts'
import { expertHidden } from '../model/shape.ts'
import type { Iteration } from '../sim/iteration.ts'
import type { RunResult } from '../sim/result.ts'

/** Nothing where hardware states neither. */
export function basisOf(
  { hardware, model }: Pick<Experiment, 'hardware' | 'model'>,
  iterations: readonly Pick<Iteration, 'rows'>[],
): Pick<RunResult, 'constants' | 'extrapolated'> {
  const { constants = [], compute } = hardware
  const range = compute.kind === 'kernel' ? compute.fittedRange : undefined
  const count = (basis: string) => constants.filter((constant) => constant.basis === basis).length
  const tokens = iterations.map(({ rows }) => rows.length).filter((count) => count > 0)
  const values: [name: keyof NonNullable<typeof range>, least: number, most: number][] = [
    ['tokens', Math.min(...tokens), Math.max(...tokens)],
    ['hidden', expertHidden(model), expertHidden(model)],
    ['intermediate', model.expertIntermediate, model.expertIntermediate],
    ['experts', model.experts, model.experts],
    ['topK', model.topK, model.topK],
    ['weightBytes', model.weightBytes, model.weightBytes],
  ]
  const extrapolated =
    range &&
    values
      .filter(([name, least, most]) => least < range[name][0] || most > range[name][1])
      .map(([name, least, most]) => {
        const value = least < range[name][0] ? least : most
        return { quantity: name, value, fitted: range[name] }
      })
  return {
    ...(constants.length > 0 && {
      constants: { published: count('published'), fitted: count('fitted'), assumed: count('assumed') },
    }),
    ...(extrapolated && extrapolated.length > 0 && { extrapolated }),
  }
}

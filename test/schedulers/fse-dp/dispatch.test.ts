// Re-dispatch: tokens of an expert on all dies alike, none lost, none moved without need.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { redispatch, tokensIn } from '../../../src/schedulers/fse-dp/dispatch.ts'
import { pairCount, rangeOf, restingDieOf } from '../../../src/schedulers/work.ts'
import { workOf } from '../../helpers/frames.ts'

const mesh = (columns: number, rows: number) =>
  buildTopology({ kind: 'mesh', columns, rows, numbering: 'column-major' })

/** Work in which `counts[place]` tokens of expert 0 rest on the die with that place in the order of dies. */
function restingOn(counts: readonly number[], topology = mesh(2, 2)) {
  const most = Math.max(...counts, 1)
  const choices = counts.flatMap((count) => Array.from({ length: most }, (_, i) => (i < count ? [0] : [])))
  return workOf(choices, 1, topology)
}

/** Tokens by restingDie that each die is given. */
function given(counts: readonly number[], topology = mesh(2, 2)) {
  return redispatch(restingOn(counts, topology), topology, 0).map((group) =>
    group.map(({ restingDie, fromPair, toPair }) => [restingDie, toPair - fromPair]),
  )
}

describe('re-dispatch', () => {
  it('leaves alone what is even', () => {
    expect(given([2, 2, 2, 2])).toEqual([[[0, 2]], [[1, 2]], [[2, 2]], [[3, 2]]])
  })

  it('takes what is missing from the nearest die that has too many', () => {
    // Dies 0..3 in a row; 0 and 3 have two tokens too many. Die 1 is next to 0, die 2 next to 3.
    const row = mesh(4, 1)
    expect(given([4, 0, 0, 4], row)).toEqual([[[0, 2]], [[0, 2]], [[3, 2]], [[3, 2]]])
  })

  it('with fewer tokens than dies leaves dies empty and gives none two', () => {
    expect(given([0, 0, 0, 1]).map((group) => group.length)).toEqual([0, 0, 0, 1])
    expect(given([3, 0, 0, 0]).map((group) => group.length)).toEqual([1, 1, 1, 0])
  })

  it('gives every pair to one die, groups that differ by at most one, with the fewest moves', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 6, maxLength: 6 })
    fc.assert(
      fc.property(counts, (resting) => {
        const topology = mesh(3, 2)
        const work = restingOn(resting, topology)
        const groups = redispatch(work, topology, 0)
        const pairs = groups
          .flat()
          .flatMap(({ fromPair, toPair }) =>
            Array.from({ length: toPair - fromPair }, (_, i) => fromPair + i),
          )
        expect(pairs.sort((a, b) => a - b)).toEqual(
          Array.from({ length: pairCount(work) }, (_, pair) => pair),
        )
        for (const { restingDie, fromPair, toPair } of groups.flat()) {
          expect(toPair).toBeGreaterThan(fromPair)
          for (let pair = fromPair; pair < toPair; pair++)
            expect(restingDieOf(work, rangeOf(work, pair))).toBe(restingDie)
        }
        const sizes = groups.map(tokensIn)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)

        // Nobody need move who finds room where he rests, the larger groups being where most rest.
        const evenSizes = [...sizes].sort((a, b) => b - a)
        const stays = resting.toSorted((a, b) => b - a).map((count, i) => Math.min(count, evenSizes[i]!))
        const kept = groups.map((group, die) =>
          tokensIn(group.filter(({ restingDie }) => restingDie === die)),
        )
        const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
        expect(sum(kept)).toBe(sum(stays))
      }),
    )
  })
})

// Ranges of pairs: how one expert's tokens fall into runs by the die they rest on.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { buildTopology } from '../../src/hardware/topology.ts'
import {
  expertFrom,
  expertTo,
  pairCount,
  pairTokens,
  restingRuns,
  tokenOfPair,
} from '../../src/schedulers/work.ts'
import { stories, worksOf } from './stories.ts'

const mesh = buildTopology({ kind: 'mesh', columns: 3, rows: 2, numbering: 'column-major' })

it('any part of an expert’s pairs is cut where the die that the tokens rest on changes, and only there', () => {
  const part = fc.tuple(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  )
  fc.assert(
    fc.property(stories, part, (story, [a, b]) => {
      for (const work of worksOf(story, mesh)) {
        for (const expert of work.activeExperts) {
          const from = expertFrom(work, expert)
          const length = expertTo(work, expert) - from
          const fromPair = from + Math.floor(length * Math.min(a, b))
          const toPair = from + Math.ceil(length * Math.max(a, b))
          const owners = Array.from(
            { length: toPair - fromPair },
            (_, i) => work.restingDie[tokenOfPair(work, fromPair + i)]!,
          )
          const runs = [...restingRuns(work, fromPair, toPair)]
          expect(
            runs.flatMap((run) => new Array<number>(run.toPair - run.fromPair).fill(run.restingDie)),
          ).toEqual(owners)
          expect(new Set(runs.map(({ restingDie }) => restingDie)).size).toBe(runs.length)
          runs.forEach((run, i) => {
            expect(run.fromPair).toBe(i === 0 ? fromPair : runs[i - 1]!.toPair)
          })
        }
      }
    }),
  )
})

it('the table of tokens has for every pair what looking for its token finds', () => {
  fc.assert(
    fc.property(stories, (story) => {
      for (const work of worksOf(story, mesh)) {
        const found = Int32Array.from({ length: pairCount(work) }, (_, pair) => tokenOfPair(work, pair))
        expect(pairTokens(work)).toEqual(found)
      }
    }),
    { numRuns: 30 },
  )
})

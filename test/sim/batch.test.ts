// From routing rows to work: tokens dealt to dies in blocks, pairs sorted by expert, die and token, none lost.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blockOf } from '../../src/block-of.ts'
import { buildTopology } from '../../src/hardware/topology.ts'
import { tokenOfPair } from '../../src/schedulers/work.ts'
import { restingDies } from '../../src/sim/batch.ts'
import { stories, worksOf } from '../schedulers/stories.ts'

const mesh = buildTopology({ kind: 'mesh', columns: 3, rows: 2, numbering: 'column-major' })

describe('blocks', () => {
  it('are contiguous, equal but for one item, larger ones first', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1, max: 30 }), (items, dies) => {
        const sizes = Array.from({ length: dies }, () => 0)
        let last = 0
        for (let item = 0; item < items; item++) {
          const block = blockOf(item, items, dies)
          expect(block === last || block === last + 1).toBe(true)
          last = block
          sizes[block] = sizes[block]! + 1
        }
        const expected = sizes.map((_, d) => Math.floor(items / dies) + (d < items % dies ? 1 : 0))
        expect(sizes).toEqual(expected)
      }),
      { seed: 1, numRuns: 300 },
    )
  })

  it('of tokens go to dies in die order', () => {
    const rows = Int32Array.from({ length: 8 }, (_, i) => i)
    const iteration = { phase: 'mixed' as const, rows, requests: rows }
    expect([...restingDies(iteration, mesh, 'tokens', 8)]).toEqual([0, 0, 3, 3, 1, 4, 2, 5])
  })

  it('of requests keep all tokens of a request on one die, also where only some requests are in the batch', () => {
    const iteration = {
      phase: 'decode' as const,
      rows: Int32Array.from([0, 1, 2, 3]),
      requests: Int32Array.from([0, 6, 6, 11]),
    }
    expect([...restingDies(iteration, mesh, 'requests', 12)]).toEqual([0, 4, 4, 5])
  })
})

describe('the work of an iteration', () => {
  it('holds every selection once, sorted by expert, then die order, then token', () => {
    fc.assert(
      fc.property(stories, (story) => {
        for (const work of worksOf(story, mesh)) {
          const { topK, tokens, choices, restingDie, pairStart, experts, dies } = work
          const expected = Array.from({ length: tokens * topK }, (_, i) => ({
            expert: choices[i]!,
            place: mesh.rank[restingDie[Math.floor(i / topK)]!]!,
            token: Math.floor(i / topK),
          })).sort((a, b) => a.expert - b.expert || a.place - b.place || a.token - b.token)
          expect(expected.map((_, pair) => tokenOfPair(work, pair))).toEqual(
            expected.map(({ token }) => token),
          )
          for (let bucket = 0; bucket <= experts * dies; bucket++) {
            const before = expected.filter(({ expert, place }) => expert * dies + place < bucket).length
            expect(pairStart[bucket]).toBe(before)
          }
        }
      }),
      { seed: 2, numRuns: 60 },
    )
  })

  it('lists active experts by id and in the order in which they first appear', () => {
    fc.assert(
      fc.property(stories, (story) => {
        for (const { choices, activeExperts, firstSeen } of worksOf(story, mesh)) {
          expect(firstSeen).toEqual([...new Set(choices)])
          expect(activeExperts).toEqual(firstSeen.toSorted((a, b) => a - b))
        }
      }),
      { seed: 3, numRuns: 60 },
    )
  })
})

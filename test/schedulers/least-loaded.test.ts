// Least-loaded expert parallelism: what spills, where to, and what stays.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildTopology } from '../../src/hardware/topology.ts'
import { spilledTasks } from '../../src/schedulers/least-loaded.ts'
import { expertFrom, expertTokens } from '../../src/schedulers/work.ts'
import { workOf } from '../helpers/frames.ts'
import { stories, worksOf } from './stories.ts'

const topology = buildTopology({ kind: 'crossbar', dies: 4 })
const chosen = (counts: readonly number[]) => {
  const choices = counts.flatMap((count, expert) => Array.from({ length: count }, () => [expert]))
  return workOf(choices, counts.length, topology)
}
const spill = (counts: readonly number[], options = {}) => {
  const setting = { capacity: 1, least: 1, imbalance: 1, ...options }
  const work = chosen(counts)
  const tasks = spilledTasks(work, Int32Array.from(counts.keys()), { topology }, setting)
  return tasks.map(({ expert, die, fromPair, toPair }) => `${expert}@${die}: ${toPair - fromPair}`)
}

describe('spilled tasks', () => {
  it('even dies out: what is beyond the mean goes to those with least', () => {
    expect(spill([10, 4, 2, 0])).toEqual(['0@0: 4', '0@3: 4', '0@2: 2', '1@1: 4', '2@2: 2'])
  })

  it('are none as long as the fullest die is near the mean', () => {
    expect(spill([10, 4, 2, 0], { imbalance: 2.5 })).toEqual(['0@0: 10', '1@1: 4', '2@2: 2'])
    expect(spill([10, 4, 2, 0], { imbalance: 2.4 }).length).toBeGreaterThan(3)
  })

  it('leave dies what capacity allows', () => {
    expect(spill([10, 4, 2, 0], { capacity: 2 })).toEqual(['0@0: 8', '0@3: 2', '1@1: 4', '2@2: 2'])
  })

  it('are no smaller than is worth reading an expert for', () => {
    expect(spill([10, 4, 2, 0], { least: 5 })).toEqual(['0@0: 5', '0@3: 5', '1@1: 4', '2@2: 2'])
    expect(spill([10, 4, 2, 0], { least: 7 })).toEqual(['0@0: 10', '1@1: 4', '2@2: 2'])
  })

  it('have every pair once, of each expert and die at most one', () => {
    fc.assert(
      fc.property(stories, fc.integer({ min: 1, max: 9 }), (story, least) => {
        for (const work of worksOf(story, topology)) {
          const home = Int32Array.from({ length: story.experts }, (_, expert) => expert % 4)
          const tasks = spilledTasks(work, home, { topology }, { capacity: 1, least, imbalance: 1 })
          expect(new Set(tasks.map(({ expert, die }) => expert * 4 + die)).size).toBe(tasks.length)
          for (const expert of work.activeExperts) {
            const own = tasks.filter((task) => task.expert === expert)
            let next = expertFrom(work, expert)
            for (const { fromPair, toPair } of own) {
              expect(fromPair).toBe(next)
              next = toPair
            }
            expect(next).toBe(expertFrom(work, expert) + expertTokens(work, expert))
          }
        }
      }),
      { numRuns: 40 },
    )
  })
})

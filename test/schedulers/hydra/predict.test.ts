// What hydra foresees: P(expert now | expert in the layer before), summed over the tokens of each die.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { countedTokens, predictedTokens } from '../../../src/schedulers/hydra/predict.ts'
import type { RoutingKnowledge } from '../../../src/schedulers/knowledge.ts'
import { CrossTokenMap } from '../../../src/schedulers/predictors/cross-token-map.ts'
import { expertTokens } from '../../../src/schedulers/work.ts'
import { workOf } from '../../helpers/frames.ts'
import { knowledgeOf } from '../../helpers/knowledge.ts'
import { stories, worksOf } from '../stories.ts'

const mesh = buildTopology({ kind: 'mesh', columns: 2, rows: 1, numbering: 'row-major' })
const EXPERTS = 3

function knowing(previous: readonly number[], counts: readonly (readonly number[])[]): RoutingKnowledge {
  return {
    iterations: [{ phase: 'mixed', tokens: previous.length }],
    crossTokens: new CrossTokenMap(EXPERTS),
    tokensIn: () => new Uint32Array(EXPERTS),
    heldOutTokens: () => undefined,
    choices: () => new Uint16Array(0),
    requests: () => new Int32Array(0),
    heldOutMaps: () => [],
    chance: () => () => 0,
    previousChoices: () => Uint16Array.from(previous),
    transitions: () => ({
      experts: EXPERTS,
      counts: Uint32Array.from(counts.flat()),
      rowSums: Float64Array.from(counts, (row) => row.reduce((a, b) => a + b, 0)),
    }),
  }
}

/** Two tokens rest on each of two dies; one expert per token. */
const work = workOf([[0], [0], [1], [2]], EXPERTS, mesh)

describe('predicted tokens', () => {
  it('are the chances of what each token chose before, added up by die: [expert][die]', () => {
    const counts = [
      [1, 3, 0],
      [0, 5, 5],
      [7, 0, 0],
    ]
    // Die 0 had experts 0 and 1, die 1 had 1 and 1.
    const predicted = predictedTokens(work, knowing([0, 1, 1, 1], counts), mesh)!
    expect([...predicted]).toEqual([0.25, 0, 0.75 + 0.5, 0.5 + 0.5, 0.5, 0.5 + 0.5])
  })

  it('are those of all tokens together where the profile never saw what a token chose before', () => {
    const counts = [
      [0, 0, 0],
      [1, 1, 0],
      [1, 0, 1],
    ]
    const predicted = predictedTokens(work, knowing([0, 0, 1, 1], counts), mesh)!
    expect([...predicted]).toEqual([1, 1, 0.5, 1, 0.5, 0])
  })

  it('are not there without a layer before, without a profile, or without any knowledge', () => {
    const known = knowing([0, 0, 0, 0], [])
    expect(predictedTokens(work, { ...known, previousChoices: () => undefined }, mesh)).toBeUndefined()
    expect(predictedTokens(work, { ...known, transitions: () => undefined }, mesh)).toBeUndefined()
    expect(predictedTokens(work, undefined, mesh)).toBeUndefined()
  })

  it('are as many per die as its tokens choose', () => {
    const topology = buildTopology({ kind: 'mesh', columns: 2, rows: 2, numbering: 'column-major' })
    fc.assert(
      fc.property(stories, (story) => {
        const works = worksOf(story, topology)
        const known = knowledgeOf(works, true)
        for (const [i, one] of works.entries()) {
          const predicted = predictedTokens(one, known, topology)!
          topology.order.forEach((die, place) => {
            const expected = [...predicted.filter((_, at) => at % 4 === place)].reduce((a, b) => a + b, 0)
            const chosen = [...one.restingDie].filter((resting) => resting === die).length * story.topK
            expect(expected, `iteration ${i}, die ${die}`).toBeCloseTo(chosen, 9)
          })
        }
      }),
    )
  })
})

it('counted tokens are what the tokens of each die do choose', () => {
  const counted = countedTokens(work)
  expect([...counted]).toEqual([2, 0, 0, 1, 0, 1])
  expect(counted.reduce((a, b) => a + b, 0)).toBe(
    work.activeExperts.reduce((sum, expert) => sum + expertTokens(work, expert), 0),
  )
})

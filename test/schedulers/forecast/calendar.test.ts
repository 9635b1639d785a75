// When a die needs an expert again, of work that is known before.
import { expect, it } from 'vitest'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { Calendar, workOfCounts } from '../../../src/schedulers/forecast/calendar.ts'
import { frameHardware, workOf } from '../../helpers/frames.ts'
import { knowledgeOf } from '../../helpers/knowledge.ts'

const topology = buildTopology(frameHardware({ load: 1, hop: 1, compute: 1, pieces: 1 }).topology)
/** Experts that the one token of each iteration chooses. */
const CHOSEN = [0, 1, 0, 0, 2]
const works = CHOSEN.map((expert, iteration) => ({ ...workOf([[expert]], 4, topology), iteration }))
/** Every expert on the die of its own number. */
const calendar = new Calendar(knowledgeOf(works, false), 4, ({ activeExperts }) =>
  activeExperts.map((expert) => ({ expert, die: expert })),
)
const usesAfter = (expert: number, die: number) => works.map((work) => calendar.nextUse(expert, die, work))

it('is the first iteration after this one, which does not count itself, or never', () => {
  expect(usesAfter(0, 0)).toEqual([2, 2, 3, Infinity, Infinity])
  expect(usesAfter(1, 1)).toEqual([1, Infinity, Infinity, Infinity, Infinity])
  expect(usesAfter(2, 2)).toEqual([4, 4, 4, 4, Infinity])
})

it('is never on a die that computes another expert, nor of one that nothing chooses', () => {
  expect(usesAfter(0, 1)).toEqual(CHOSEN.map(() => Infinity))
  expect(usesAfter(3, 3)).toEqual(CHOSEN.map(() => Infinity))
})

it('work of counts has the pairs of each expert after those of the one before, as if all rested on the last die', () => {
  const { pairStart, activeExperts, firstSeen, tokens } = workOfCounts(Float64Array.of(2, 0, 3, 1), works[0]!)
  const row = [0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2, 5, 5, 5, 5, 6]
  expect([...pairStart]).toEqual(row)
  expect([activeExperts, firstSeen]).toEqual([
    [0, 2, 3],
    [0, 2, 3],
  ])
  expect(tokens).toBe(1)
})

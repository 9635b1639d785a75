// A die's tokens come in batches, in the order in which its experts want them, and go when the last of these is done.
import { expect, it } from 'vitest'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { DieTokens } from '../../../src/schedulers/adaptive/die-tokens.ts'
import type { Machine, SharedMove } from '../../../src/schedulers/scheduler.ts'
import { pairCount, tokenOfPair } from '../../../src/schedulers/work.ts'
import { workOf } from '../../helpers/frames.ts'

const topology = buildTopology({ kind: 'mesh', columns: 2, rows: 1, numbering: 'row-major' })
/** Tokens 0 to 5 rest on die 0, the others on die 1. */
const work = workOf([[0], [0], [1], [2], [3], [3], [0], [0], [1], [2], [3], [3]], 4, topology)
const tokenOf = Int32Array.from({ length: pairCount(work) }, (_, pair) => tokenOfPair(work, pair))

/** Experts of die 1, in order; each gather arrives when told. */
function opened(experts: readonly number[], leastBatch: number) {
  const gathers: { experts: number[]; tokens: number; arrive: () => void }[] = []
  const released: number[][] = []
  const home: SharedMove[] = []
  const expertsOf = ({ pairs }: SharedMove) => pairs.map(({ expert }) => expert)
  const machine = {
    work,
    gatherShared: (move: SharedMove, arrive: () => void) =>
      void gathers.push({ experts: expertsOf(move), tokens: move.tokens, arrive }),
    releaseShared: (move: SharedMove) => void released.push(expertsOf(move)),
    combineShared: (move: SharedMove) => void home.push(move),
  } as unknown as Machine
  const tokens = new DieTokens(machine, 1, experts, { tokenOf, leastBatch })
  tokens.start(() => undefined)
  return { tokens, gathers, released, home }
}

function batchesOf(experts: readonly number[], leastBatch: number) {
  const { gathers } = opened(experts, leastBatch)
  for (let at = 0; at < gathers.length; at++) gathers[at]!.arrive()
  return gathers.map(({ experts: of, tokens }) => [of, tokens])
}

it('the tokens of the first expert come alone where there are many, then batches that are just full', () => {
  expect(batchesOf([0, 1, 2, 3], 2)).toEqual([
    [[0], 2],
    [[1, 2], 2],
    [[3], 2],
  ])
  expect(batchesOf([1, 0, 2, 3], 2)).toEqual([
    [[1], 1],
    [[0], 2],
    [[2, 3], 3],
  ])
})

it('tokens that fill no more than one batch come at once', () => {
  expect(batchesOf([0, 1, 2], 4)).toEqual([[[0, 1, 2], 4]])
  expect(batchesOf([0, 1, 2], 3)[0]).toEqual([[0], 2])
})

it('after the first batch one is asked for while few tokens of those before are under way', () => {
  const { gathers } = opened([0, 1, 2, 3], 1)
  expect(gathers).toHaveLength(1)
  gathers[0]!.arrive()
  // A token each, as few as a batch: two at a time.
  expect(gathers.slice(1).map(({ experts }) => experts)).toEqual([[1], [2]])
  gathers[1]!.arrive()
  expect(gathers).toHaveLength(4)
})

it('a batch is asked for when the one before is there, and let go when the last expert that needs it is done', () => {
  const { tokens, gathers, released, home } = opened([0, 1, 2], 2)
  expect(gathers).toHaveLength(1)
  expect(tokens.areHere(0)).toBe(false)
  gathers[0]!.arrive()
  expect([0, 1, 2].map((place) => tokens.areHere(place))).toEqual([true, false, false])
  gathers[1]!.arrive()
  expect([0, 1, 2].map((place) => tokens.areHere(place))).toEqual([true, true, true])
  tokens.finish(1, false)
  expect(released).toEqual([])
  tokens.finish(2, true)
  expect(released).toEqual([[1, 2]])
  expect(home.map(({ from, to, tokens: count }) => ({ from, to, count }))).toEqual([
    { from: 1, to: 0, count: 1 },
  ])
})

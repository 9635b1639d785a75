// Algorithm 1 of "Patterns behind Chaos", each step against a case worked out by hand.

import { describe, expect, it } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { type AllocatorCosts, allocate, allocatorCosts } from '../../../src/schedulers/forecast/allocator.ts'
import { pairCount } from '../../../src/schedulers/work.ts'
import { frameHardware, tinyModel, workOf } from '../../helpers/frames.ts'

const row = buildTopology({ kind: 'mesh', columns: 4, rows: 1, numbering: 'row-major' })
/** Die 4 is in the middle, 1, 3, 5 and 7 are its neighbours, the corners are 0, 2, 6 and 8. */
const square = buildTopology({ kind: 'mesh', columns: 3, rows: 3, numbering: 'row-major' })
const nobody = () => []

/** `counts[e]` tokens of expert e, out of eight experts. */
function workWith(counts: readonly number[], topology = row) {
  const choices = counts.flatMap((count, expert) => Array.from({ length: count }, () => [expert]))
  return workOf(choices, 8, topology)
}

/** Tokens per die of each expert that has tasks. */
function plan(
  counts: readonly number[],
  costs: AllocatorCosts,
  homes: readonly number[],
  holders: (expert: number) => readonly number[] = nobody,
  topology = row,
) {
  const work = workWith(counts, topology)
  const home = Int32Array.from({ length: 8 }, (_, expert) => homes[expert] ?? 0)
  const tasks = allocate(work, { topology }, costs, home, holders)
  const shares: Record<number, Record<number, number>> = {}
  for (const { expert, die, fromPair, toPair } of tasks) {
    shares[expert] = { ...shares[expert], [die]: toPair - fromPair }
  }
  return shares
}

describe('the costs', () => {
  it('are those of whole experts: read at home, request and data over one hop, one token', () => {
    const hardware = frameHardware({ load: 8, hop: 2, compute: 3, pieces: 1 })
    const slow = {
      ...hardware,
      link: { ...hardware.link, latencyPs: 100 },
      memory: { ...hardware.memory, latencyPs: 7 },
    }
    const context = packageOf({ hardware: slow, model: tinyModel(8, 4), compat: 'physical' })
    expect(allocatorCosts(context)).toEqual({
      memoryPs: 7 + 4 * 8000,
      hopPs: 2 * 100 + 4 * 2000,
      tokenPs: 4 * 3000,
    })
  })
})

describe('the shares', () => {
  it('an expert stays at home where moving its weights costs more than waiting', () => {
    expect(plan([100], { memoryPs: 10, hopPs: 1000, tokenPs: 1 }, [1])).toEqual({ 0: { 1: 100 } })
  })

  it('a neighbour with a replica is a candidate once, as a holder, and takes no other one its place', () => {
    // Five blocks, five candidates: home, its neighbour 1, which holds the expert, and the three others.
    const costs = { memoryPs: 0, hopPs: 1, tokenPs: 1 }
    const shares = plan([5 * 512], costs, [4], () => [1], square)
    expect(shares).toEqual({ 0: { 1: 512, 3: 512, 4: 512, 5: 512, 7: 512 } })
  })

  it('on a tie a die that holds the expert wins, even where another is looked at first', () => {
    // Home (die 0) reads both experts until 20 and computes expert 0 until 10, so its neighbour, ready at 5, is looked at
    // first for expert 1. At home expert 1 ends at 10 + 20; on the neighbour home's third read ends at 30 as well.
    expect(plan([10, 20], { memoryPs: 10, hopPs: 5, tokenPs: 1 }, [0, 0])).toEqual({
      0: { 0: 10 },
      1: { 0: 20 },
    })
  })

  it('a die that is sent weights is not done before they are in', () => {
    // Expert 1 keeps home until 50. Expert 0: at home done at 110; on die 1 after 100 for the weights, at 160.
    expect(plan([60, 50], { memoryPs: 0, hopPs: 100, tokenPs: 1 }, [0, 0])).toEqual({
      0: { 0: 60 },
      1: { 0: 50 },
    })
  })

  it('tokens go out in blocks of 512, what is left over with the last block', () => {
    // Home 1. Block 1: home 512, a neighbour 512 + 1 more. Block 2: home 1024, die 0 at 513. Block 3 of 576: die 2 at 577.
    const costs = { memoryPs: 0, hopPs: 1, tokenPs: 1 }
    expect(plan([1600], costs, [1])).toEqual({ 0: { 0: 512, 1: 512, 2: 576 } })
  })

  it('fewer than two blocks are not split', () => {
    expect(plan([1023], { memoryPs: 0, hopPs: 1, tokenPs: 1 }, [1])).toEqual({ 0: { 1: 1023 } })
  })

  it('only home and its neighbours are asked', () => {
    const costs = { memoryPs: 0, hopPs: 0, tokenPs: 1 }
    expect(plan([512 * 4], costs, [0])).toEqual({ 0: { 0: 1024, 1: 1024 } })
  })

  it('a die with a replica counts as a holder, at any distance', () => {
    const costs = { memoryPs: 0, hopPs: 1e9, tokenPs: 1 }
    expect(plan([1024], costs, [0], () => [3])).toEqual({ 0: { 0: 512, 3: 512 } })
  })

  it('of equal candidates the local one is taken', () => {
    // Weights travel for nothing here, so home and both neighbours would all be done at 200.
    const costs = { memoryPs: 0, hopPs: 0, tokenPs: 1 }
    expect(plan([200], costs, [1])).toEqual({ 0: { 1: 200 } })
  })

  it('cold experts are placed first', () => {
    // Expert 1 (100 tokens) is placed at home 0; expert 0 (300 tokens) then finds home at 100 and die 1 free: 350 < 400.
    const costs = { memoryPs: 0, hopPs: 50, tokenPs: 1 }
    expect(plan([300, 100], costs, [0, 0])).toEqual({ 0: { 1: 300 }, 1: { 0: 100 } })
  })

  it('of experts with as many tokens the one with the lower id is placed first', () => {
    // The first stays at home until 300; the second is sooner on die 1, at 50 + 300, than after it at 600.
    const costs = { memoryPs: 0, hopPs: 50, tokenPs: 1 }
    expect(plan([300, 300], costs, [0, 0])).toEqual({ 0: { 0: 300 }, 1: { 1: 300 } })
  })

  it('of neighbours that would be done at the same time the first in die order is taken', () => {
    // Expert 1 keeps home 1 until 100. Expert 0: at home 400, on die 0 or die 2 at 350.
    const costs = { memoryPs: 0, hopPs: 50, tokenPs: 1 }
    expect(plan([300, 100], costs, [1, 1])).toEqual({ 0: { 0: 300 }, 1: { 1: 100 } })
  })

  it('of dies with a replica that would be done at the same time the first in die order is taken, however they are listed', () => {
    // Home 0 computes expert 1 until 100, where dies 2 and 3 are free.
    const costs = { memoryPs: 0, hopPs: 1e9, tokenPs: 1 }
    const listed = (expert: number) => (expert === 0 ? [3, 2] : [])
    expect(plan([300, 100], costs, [0, 0], listed)).toEqual({ 0: { 2: 300 }, 1: { 0: 100 } })
  })

  it('neighbours of a die with a replica are not asked', () => {
    // Home 0 with neighbour 1, a replica on die 3, whose neighbour 2 stays idle.
    const costs = { memoryPs: 0, hopPs: 0, tokenPs: 1 }
    expect(plan([512 * 6], costs, [0], () => [3])).toEqual({ 0: { 0: 1024, 1: 1024, 3: 1024 } })
  })

  it('a neighbour with a replica needs no weights sent', () => {
    const costs = { memoryPs: 1e9, hopPs: 1e9, tokenPs: 1 }
    // Home reads for itself alone; a second read would make it twice as late.
    expect(plan([1024], costs, [0])).toEqual({ 0: { 0: 1024 } })
    expect(plan([1024], { ...costs, memoryPs: 0 }, [0], () => [1])).toEqual({ 0: { 0: 512, 1: 512 } })
  })

  it('every block sent to a neighbour costs the way of the weights again', () => {
    // Blocks of 512 for home 0 (512, 1024, 1536 ...) and die 1: 400 + 512 = 912, then 800 + 1024 = 1824.
    const costs = { memoryPs: 0, hopPs: 400, tokenPs: 1 }
    expect(plan([512 * 4], costs, [0])).toEqual({ 0: { 0: 1536, 1: 512 } })
    // The fourth block would go to die 1 if the weights counted once: 400 + 1024 < 2048 - 512 = 1536.
    expect(plan([512 * 5], costs, [0])).toEqual({ 0: { 0: 1536, 1: 1024 } })
  })

  describe('go to no more dies than the cut allows', () => {
    const costs = { memoryPs: 0, hopPs: 0, tokenPs: 1 }
    const corners = () => [0, 2, 6, 8]
    const diesOf = (counts: readonly number[]) =>
      Object.keys(plan(counts, costs, [4], corners, square)[0]!).map(Number)

    it('of nine candidates the five that are ready first, holders before neighbours', () => {
      expect(diesOf([512 * 5])).toEqual([0, 2, 4, 6, 8])
      expect(diesOf([512 * 5 + 511])).toEqual([0, 2, 4, 6, 8])
    })

    it('one more for every 512 tokens of the expert beyond five', () => {
      expect(diesOf([512 * 6])).toEqual([0, 1, 2, 4, 6, 8])
      expect(diesOf([512 * 8])).toEqual([0, 1, 2, 3, 4, 5, 6, 8])
    })

    it('counted in mean tokens of an expert where these are more than 512', () => {
      // 8 experts, 8192 tokens: a mean of 1024, so 6144 tokens allow six dies and not twelve.
      const busy = [512 * 12, 2048]
      expect(Object.keys(plan(busy, costs, [4, 0], corners, square)[0]!)).toHaveLength(6)
    })
  })

  it('a die is done after its longest local activity plus what it computes with foreign weights', () => {
    // Weights are read at home once for its own use: 100 each, before anything is shared out.
    const costs = { memoryPs: 100, hopPs: 20, tokenPs: 1 }
    // Expert 0, 90 tokens, home 0: computing at home ends at max(90, 200 reads) = 200 for both experts of die 0.
    // Expert 1, 150 tokens: at home max(240, 200) = 240; on die 1 max(0, 0, 20) + 150 = 170, but home reads again: 300.
    expect(plan([90, 150], costs, [0, 0])).toEqual({ 0: { 0: 90 }, 1: { 0: 150 } })
    // Were reads free, die 1 would do it sooner.
    expect(plan([90, 150], { ...costs, memoryPs: 0 }, [0, 0])).toEqual({ 0: { 0: 90 }, 1: { 1: 150 } })
  })

  it('home reads the weights for a neighbour once, with its first block', () => {
    // Home 1 reads 600 for itself and 600 more for each neighbour; blocks of 512.
    const costs = { memoryPs: 600, hopPs: 1, tokenPs: 1 }
    // Block 1: home 600. Block 2: home 1024; a neighbour 513 but home 1200. Block 3: home 1536; die 0: home 1200.
    // Block 4: home 1536, die 0: 512 * 2 + 2 = 1026 while home stays at 1200.
    expect(plan([512 * 4], costs, [1])).toEqual({ 0: { 0: 1024, 1: 1024 } })
  })

  it('covers every pair of every expert exactly once, in expert order', () => {
    const work = workWith([700, 3, 1500, 0, 1, 2600])
    const home = Int32Array.from([0, 1, 2, 3, 0, 1, 2, 3])
    const tasks = allocate(work, { topology: row }, { memoryPs: 5, hopPs: 3, tokenPs: 1 }, home, nobody)
    let next = 0
    for (const { fromPair, toPair } of tasks) {
      expect(fromPair).toBe(next)
      next = toPair
    }
    expect(next).toBe(pairCount(work))
  })
})

// FSE-DP's plan: order of experts, trajectories, striping, and Algorithm 1's queue.
import { describe, expect, it } from 'vitest'
import { buildTopology } from '../../src/hardware/topology.ts'
import { expertOrder, type Trajectory, trajectory } from '../../src/schedulers/fse-dp-plan.ts'
import { TrajectoryQueue } from '../../src/schedulers/fse-dp-queue.ts'
import { frameHardware, tinyModel, workOf } from '../helpers/frames.ts'

const topology = buildTopology({ kind: 'mesh', columns: 2, rows: 2, numbering: 'row-major' })
const hardware = frameHardware({ load: 8, hop: 2, compute: 3, pieces: 4 })
const context = { hardware, topology, model: tinyModel(4, 4), compat: 'physical' } as const

describe('order of experts', () => {
  // Tokens of experts 0..5: 2, 5, 0, 1, 5, 3.
  const choices = [2, 5, 0, 1, 5, 3].flatMap((count, expert) => Array.from({ length: count }, () => [expert]))
  const work = workOf(choices, 6, topology)

  it('is by id unless paired', () => {
    expect(expertOrder(work, false)).toEqual([0, 1, 3, 4, 5])
  })

  it('paired: hottest, coldest, second hottest, second coldest, ..., lower ids first', () => {
    expect(expertOrder(work, true)).toEqual([1, 3, 4, 0, 5])
  })
})

describe('trajectory', () => {
  it('visits the dies with tokens in ring order, and stripes micro-slice m to the die m mod P', () => {
    // Two tokens a die: dies 0, 2 and 3 hold tokens of expert 1; the ring is 0, 1, 3, 2.
    const work = workOf([[1], [0], [0], [0], [1], [1], [0], [1]], 4, topology)
    const path = trajectory(work, context, { slices: 8, home: () => 0 }, 1)
    expect(path.dies).toEqual([0, 3, 2])
    expect(path.entering).toEqual([
      [0, 3, 6],
      [1, 4, 7],
      [2, 5],
    ])
    expect(path.pairs.map(({ from, to }) => to - from)).toEqual([1, 1, 2])
  })

  it('where a weight has one home, a micro-slice enters at the die of the trajectory nearest to it', () => {
    const ownMemory = { ...hardware, memory: { ...hardware.memory, shared: false } }
    const work = workOf([[1], [0], [0], [1]], 4, topology)
    const path = trajectory(
      work,
      { ...context, hardware: ownMemory },
      { slices: 4, home: (_expert, slice) => slice },
      1,
    )
    expect(path.dies).toEqual([0, 3])
    // Dies 1 and 2 are one hop from both; the first in die order is taken.
    expect(path.entering).toEqual([[0, 1, 2], [3]])
  })
})

/** One pair on each of the given dies; slice s enters at the s-th of them. */
function path(expert: number, dies: readonly number[]): Trajectory {
  return { expert, dies, entering: dies.map((_, i) => [i]), pairs: dies.map(() => ({ from: 0, to: 1 })) }
}

/** Experts that a die is given to load, one call after the other. */
function loads(queue: TrajectoryQueue, die: number, calls: number) {
  return Array.from({ length: calls }, () => queue.nextLoad(die)?.path.expert)
}

describe('queue of Algorithm 1', () => {
  it('starts experts that touch an idle die, in order; one that touches none is overtaken', () => {
    // 0 takes dies 0, 1. 1 touches only busy dies and waits. 2 finds die 2 idle and overtakes.
    const paths = [path(0, [0, 1]), path(1, [0, 1]), path(2, [1, 2])]
    const queue = new TrajectoryQueue(paths, 3, 3)
    queue.admit()
    // Started ones first (0, then 2), the waiting one after them.
    expect(loads(queue, 1, 4)).toEqual([0, 2, 1, undefined])
  })

  it('a die loads for what waits when nothing of what started is left, in queue order', () => {
    const queue = new TrajectoryQueue([path(0, [0]), path(1, [0]), path(2, [0])], 1, 1)
    queue.admit()
    expect(loads(queue, 0, 4)).toEqual([0, 1, 2, undefined])
  })

  it('the end of an expert frees its dies for the next', () => {
    const paths = [path(0, [0]), path(1, [0, 1]), path(2, [0])]
    const queue = new TrajectoryQueue(paths, 2, 1)
    // 0 takes die 0; 1 finds die 1 idle and starts as well; 2 waits for die 0.
    queue.admit()
    expect(queue.visited(paths[0]!)).toBe(true)
    queue.admit()
    // Die 0 is still busy with expert 1, so 2 has not started; it starts when that is over.
    expect(queue.visited(paths[1]!)).toBe(false)
    expect(queue.visited(paths[1]!)).toBe(true)
    queue.admit()
    expect(queue.visited(paths[2]!)).toBe(true)
  })

  it('an expert has ended after slices times dies visits', () => {
    const only = path(0, [0, 1, 2])
    const queue = new TrajectoryQueue([only], 3, 4)
    queue.admit()
    const ends = Array.from({ length: 12 }, () => queue.visited(only))
    expect(ends.indexOf(true)).toBe(11)
  })
})

// Algorithm 1: which experts start on which dies, and what dies load next.
import { describe, expect, it } from 'vitest'
import { TrajectoryQueue } from '../../../src/schedulers/fse-dp/queue.ts'
import type { Trajectory } from '../../../src/schedulers/fse-dp/trajectory.ts'

/** One pair on each of the given dies; slice s is read by the channel of the s-th of them. */
function trajectory(expert: number, dies: readonly number[]): Trajectory {
  const shares = dies.map((die, i) => ({ channels: [die], place: i, slices: [i] }))
  return { expert, dies, shares, pairs: dies.map(() => ({ fromPair: 0, toPair: 1 })) }
}

function decided(trajectories: readonly Trajectory[], dies: number, slices: number): TrajectoryQueue {
  const queue = new TrajectoryQueue(trajectories, dies, slices)
  while (queue.hasUndecided) queue.decide()
  return queue
}

const anyPlace = () => 0

/** Experts that a die is given to load, one call after the other. */
function loads(queue: TrajectoryQueue, die: number, calls: number) {
  return Array.from({ length: calls }, () => queue.nextLoad(die, anyPlace)?.trajectory.expert)
}

describe('queue of Algorithm 1', () => {
  it('starts experts that touch an idle die, in order; one that touches none is overtaken', () => {
    // 0 takes dies 0, 1. 1 touches only busy dies and waits. 2 finds die 2 idle and overtakes.
    const queue = decided([trajectory(0, [0, 1]), trajectory(1, [0, 1]), trajectory(2, [1, 2])], 3, 3)
    // Started ones first (0, then 2), the waiting one after them.
    expect(loads(queue, 1, 4)).toEqual([0, 2, 1, undefined])
  })

  it('a die loads for what waits when nothing of what started is left, in queue order', () => {
    expect(loads(decided([trajectory(0, [0]), trajectory(1, [0]), trajectory(2, [0])], 1, 1), 0, 4)).toEqual([
      0,
      1,
      2,
      undefined,
    ])
  })

  describe('an expert that starts is loaded before those that still wait', () => {
    // 0, 1 and 2 start; 3 waits for die 0, 4 for die 0 or 2. Once 2 has ended, 4 starts.
    const trajectories = [
      trajectory(0, [0]),
      trajectory(1, [0, 1]),
      trajectory(2, [2]),
      trajectory(3, [0]),
      trajectory(4, [0, 2]),
    ]
    const orderAfterEndsOf = (...experts: readonly number[]) => {
      const queue = decided(trajectories, 3, 1)
      for (const expert of experts)
        for (const _die of trajectories[expert]!.dies) queue.visited(trajectories[expert]!)
      return loads(queue, 0, 5)
    }

    it('an end brings back no die that another started expert uses', () => {
      expect(orderAfterEndsOf(0, 2)).toEqual([0, 1, 4, 3, undefined])
    })

    it('an end brings back all other dies', () => {
      expect(orderAfterEndsOf(0, 1, 2)).toEqual([0, 1, 3, 4, undefined])
    })
  })

  it('an expert has ended after slices times dies visits', () => {
    // As above: whether 2 has started, when 1 ends and lets 3 start, shows whether 0 has ended before.
    const trajectories = [trajectory(0, [0]), trajectory(1, [1]), trajectory(2, [0]), trajectory(3, [0, 1])]
    const orderAfterVisits = (visits: number) => {
      const queue = decided(trajectories, 2, 4)
      for (let visit = 0; visit < visits; visit++) queue.visited(trajectories[0]!)
      for (let visit = 0; visit < 4; visit++) queue.visited(trajectories[1]!)
      return loads(queue, 0, 4)
    }
    expect(orderAfterVisits(3)).toEqual([0, 3, 2, undefined])
    expect(orderAfterVisits(4)).toEqual([0, 2, 3, undefined])
  })

  it('an expert whose micro-slices were all visited before its turn brings no die back', () => {
    const trajectories = [
      trajectory(0, [0]),
      trajectory(1, [1]),
      trajectory(2, [0]),
      trajectory(3, [0]),
      trajectory(4, [0, 1]),
    ]
    const queue = decided(trajectories, 2, 1)
    queue.visited(trajectories[2]!)
    queue.visited(trajectories[1]!)
    // Die 0 is still busy with 0: of those that wait only 4, which found die 1 idle, has started.
    expect(loads(queue, 0, 5)).toEqual([0, 4, 2, 3, undefined])
  })

  it('nothing of an expert is loaded before it is decided on, startable ones first', () => {
    const queue = new TrajectoryQueue([trajectory(0, [0]), trajectory(1, [0]), trajectory(2, [1])], 2, 1)
    const next = () => [loads(queue, 0, 1)[0], loads(queue, 1, 1)[0]]
    expect(next()).toEqual([undefined, undefined])
    queue.decide()
    expect(next()).toEqual([0, undefined])
    // Expert 1 finds its die busy, so 2 comes first.
    queue.decide()
    expect(next()).toEqual([undefined, 2])
    queue.decide()
    expect(queue.hasUndecided).toBe(false)
    expect(next()).toEqual([1, undefined])
  })

  it('an end does not start what is not decided on', () => {
    const trajectories = [trajectory(0, [0]), trajectory(1, [0])]
    const queue = new TrajectoryQueue(trajectories, 1, 1)
    queue.decide()
    queue.visited(trajectories[0]!)
    expect(loads(queue, 0, 2)).toEqual([0, undefined])
    queue.decide()
    expect(loads(queue, 0, 2)).toEqual([1, undefined])
  })

  it('a channel that has no place for one expert is offered the next', () => {
    const queue = decided([trajectory(0, [0]), trajectory(1, [0])], 1, 1)
    expect(queue.nextLoad(0, () => -1)).toBeUndefined()
    expect(queue.nextLoad(0, (p) => (p.expert === 1 ? 0 : -1))?.trajectory.expert).toBe(1)
    expect(loads(queue, 0, 2)).toEqual([0, undefined])
  })

  it('a share of several channels goes to whoever comes first, in sequence', () => {
    const shared = { ...trajectory(0, [0, 1]), shares: [{ channels: [0, 1], slices: [0, 1, 2] }] }
    const queue = decided([shared], 2, 3)
    const slices = [1, 0, 1, 0].map((die) => queue.nextLoad(die, anyPlace)?.slice)
    expect(slices).toEqual([0, 1, 2, undefined])
  })
})

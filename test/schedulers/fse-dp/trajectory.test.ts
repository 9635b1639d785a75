// FSE-DP's plan: order of experts, trajectories, and who loads which micro-slice.

import { describe, expect, it } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import { expertOrder, striped, trajectoryOf, undecided } from '../../../src/schedulers/fse-dp/trajectory.ts'
import { frameHardware, tinyModel, workOf } from '../../helpers/frames.ts'

const hardware = frameHardware({ load: 8, hop: 2, compute: 3, pieces: 4 })
const context = packageOf({ hardware, model: tinyModel(4, 4), compat: 'physical' })
const { topology } = context
const ownMemory = { ...context, hardware: { ...hardware, memory: { ...hardware.memory, shared: false } } }

describe('order of experts', () => {
  // Tokens of experts 0..5: 2, 5, 0, 1, 5, 3.
  const choices = [2, 5, 0, 1, 5, 3].flatMap((count, expert) => Array.from({ length: count }, () => [expert]))
  const work = workOf(choices, 6, topology)

  it('is by id unless paired, and leaves out experts that nobody chose', () => {
    expect(expertOrder(work, false)).toEqual([0, 1, 3, 4, 5])
  })

  it('paired: hottest, coldest, second hottest, second coldest, ..., lower ids first', () => {
    expect(expertOrder(work, true)).toEqual([1, 3, 4, 0, 5])
  })
})

describe('trajectory', () => {
  // Two tokens a die: dies 0, 2 and 3 hold tokens of expert 1; the ring is 0, 1, 3, 2.
  const work = workOf([[1], [0], [0], [0], [1], [1], [0], [1]], 4, topology)
  const striping = { slices: 8, home: () => 0 }

  it('visits the dies with tokens in ring order', () => {
    const trajectory = trajectoryOf(work, context, striped(context, striping), 1)
    expect(trajectory.dies).toEqual([0, 3, 2])
    expect(trajectory.pairs.map(({ fromPair, toPair }) => toPair - fromPair)).toEqual([1, 1, 2])
  })

  it('has micro-slice m loaded by its die m mod P', () => {
    const trajectory = trajectoryOf(work, context, striped(context, striping), 1)
    expect(trajectory.shares).toEqual([
      { takers: [0], slices: [0, 3, 6] },
      { takers: [3], slices: [1, 4, 7] },
      { takers: [2], slices: [2, 5] },
    ])
  })

  it('where a weight has one home, has it loaded by the die of the trajectory nearest to it', () => {
    const home = (_expert: number, slice: number) => slice
    const twoDies = workOf([[1], [0], [0], [1]], 4, topology)
    const trajectory = trajectoryOf(twoDies, ownMemory, striped(ownMemory, { slices: 4, home }), 1)
    expect(trajectory.dies).toEqual([0, 3])
    // Dies 1 and 2 are one hop from both; the first in die order is taken.
    expect(trajectory.shares).toEqual([
      { takers: [0], slices: [0, 1, 2] },
      { takers: [3], slices: [3] },
    ])
  })

  it('under rule 5 is loaded from one heap by all its dies', () => {
    const trajectory = trajectoryOf(work, context, undecided(context, striping), 1)
    expect(trajectory.shares).toEqual([{ takers: [0, 3, 2], slices: [0, 1, 2, 3, 4, 5, 6, 7] }])
  })

  it('under rule 5, where weights have one home, is sent out by the channels behind which they lie', () => {
    const home = (_expert: number, slice: number) => (slice < 5 ? 1 : 3)
    const trajectory = trajectoryOf(work, ownMemory, undecided(ownMemory, { slices: 8, home }), 1)
    expect(trajectory.shares).toEqual([
      { takers: [1], slices: [0, 1, 2, 3, 4] },
      { takers: [3], slices: [5, 6, 7] },
    ])
  })
})

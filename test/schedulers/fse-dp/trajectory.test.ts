// Trajectories of FSE-DP, and which channel reads which micro-slice of them.

import { describe, expect, it } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import {
  pooled,
  type Sharing,
  throughAllChannels,
  throughOwnChannels,
  trajectoriesOf,
} from '../../../src/schedulers/fse-dp/trajectory.ts'
import { frameHardware, tinyModel, workOf } from '../../helpers/frames.ts'

const hardware = frameHardware({ load: 8, hop: 2, compute: 3, pieces: 4 })
const context = packageOf({ hardware, model: tinyModel(4, 4), compat: 'physical' })
const { topology } = context
const ownMemory = { ...context, hardware: { ...hardware, memory: { ...hardware.memory, shared: false } } }

describe('trajectory', () => {
  // Two tokens a die: dies 0, 2 and 3 hold tokens of expert 1; the ring is 0, 1, 3, 2.
  const work = workOf([[1], [0], [0], [0], [1], [1], [0], [1]], 4, topology)
  const striping = { slices: 8, home: () => 0 }
  const sharesOf = (sharing: Sharing) => trajectoriesOf(work, context, sharing, [1])[0]!.shares

  it('visits the dies with tokens in ring order', () => {
    const [trajectory] = trajectoriesOf(work, context, throughOwnChannels(context, striping), [1])
    expect(trajectory!.dies).toEqual([0, 3, 2])
    expect(trajectory!.pairs.map(({ fromPair, toPair }) => toPair - fromPair)).toEqual([1, 1, 2])
  })

  it('is fed by all channels in ring order, each into the nearest of its dies, channels between dies spread evenly', () => {
    // Channel 1 lies between dies 0 and 3; neither has been given a channel but its own.
    expect(sharesOf(throughAllChannels(context, striping, 'even'))).toEqual([
      { channels: [0], place: 0, slices: [0, 4] },
      { channels: [1], place: 0, slices: [1, 5] },
      { channels: [3], place: 1, slices: [2, 6] },
      { channels: [2], place: 2, slices: [3, 7] },
    ])
    const twoDies = workOf([[1], [0], [0], [1]], 4, topology)
    const [trajectory] = trajectoriesOf(twoDies, context, throughAllChannels(context, striping, 'even'), [1])
    expect(trajectory!.dies).toEqual([0, 3])
    expect(trajectory!.shares.map(({ channels, place }) => [channels[0], place])).toEqual([
      [0, 0],
      [1, 0],
      [3, 1],
      [2, 1],
    ])
  })

  it('is fed on from the channel at which the expert before it ended, so that all have as much to read', () => {
    const sharing = throughAllChannels(context, { slices: 6, home: () => 0 }, 'even')
    const counts = trajectoriesOf(work, context, sharing, [0, 1]).map(({ shares }) =>
      shares.map(({ channels, slices }) => [channels[0], slices.length]),
    )
    expect(counts).toEqual([
      [
        [0, 2],
        [1, 2],
        [3, 1],
        [2, 1],
      ],
      [
        [3, 2],
        [2, 2],
        [0, 1],
        [1, 1],
      ],
    ])
  })

  it('in sequential layout is fed from where its weights lie', () => {
    const home = (expert: number) => expert + 1
    expect(sharesOf(throughAllChannels(context, { slices: 2, home }, 'sequential'))).toEqual([
      { channels: [2], place: 2, slices: [0, 1] },
    ])
  })

  it('with entry at its own dies has micro-slice m read by its die m mod P', () => {
    expect(sharesOf(throughOwnChannels(context, striping))).toEqual([
      { channels: [0], place: 0, slices: [0, 3, 6] },
      { channels: [3], place: 1, slices: [1, 4, 7] },
      { channels: [2], place: 2, slices: [2, 5] },
    ])
  })

  it('with entry at its own dies reads for one without a channel through the nearest', () => {
    const corners = { ...hardware, memory: { ...hardware.memory, channelDies: [0, 3] } }
    const sharing = throughOwnChannels({ ...context, hardware: corners }, striping)
    expect(sharesOf(sharing).map(({ channels, place }) => [channels[0], place])).toEqual([
      [0, 0],
      [3, 1],
      // Die 2 lies between both channels; die 1, which does too, has been given the first.
      [3, 2],
    ])
  })

  it('where a weight has one home, is fed from there at the nearest of its dies', () => {
    const home = (_expert: number, slice: number) => slice
    const twoDies = workOf([[1], [0], [0], [1]], 4, topology)
    const sharing = throughAllChannels(ownMemory, { slices: 4, home }, 'even')
    const [trajectory] = trajectoriesOf(twoDies, ownMemory, sharing, [1])
    expect(trajectory!.dies).toEqual([0, 3])
    // Dies 1 and 2 are one hop from both: each of these takes one of them.
    expect(trajectory!.shares).toEqual([
      { channels: [0], place: 0, slices: [0] },
      { channels: [1], place: 0, slices: [1] },
      { channels: [2], place: 1, slices: [2] },
      { channels: [3], place: 1, slices: [3] },
    ])
  })

  it('under rule 5 is fed by all channels from one heap', () => {
    expect(sharesOf(pooled(context, striping))).toEqual([
      { channels: [0, 1, 2, 3], slices: [0, 1, 2, 3, 4, 5, 6, 7] },
    ])
  })

  it('under rule 5, where weights have one home, is sent out by the channels behind which they lie', () => {
    const home = (_expert: number, slice: number) => (slice < 5 ? 1 : 3)
    expect(sharesOf(pooled(ownMemory, { slices: 8, home }))).toEqual([
      { channels: [1], slices: [0, 1, 2, 3, 4] },
      { channels: [3], slices: [5, 6, 7] },
    ])
  })
})

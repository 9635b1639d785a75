// Rules 4 and 5: which die loads next, when, and through which channel.

import { describe, expect, it } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { expertBytes } from '../../../src/model/shape.ts'
import { SliceLoads } from '../../../src/schedulers/fse-dp/loads.ts'
import { TrajectoryQueue } from '../../../src/schedulers/fse-dp/queue.ts'
import { striped, trajectoryOf, undecided } from '../../../src/schedulers/fse-dp/trajectory.ts'
import { emptyDie } from '../../../src/schedulers/fse-dp/visit.ts'
import type { Machine, SliceLoad } from '../../../src/schedulers/scheduler.ts'
import { frameHardware, runLayer, tinyModel, workOf } from '../../helpers/frames.ts'

const hardware = frameHardware({ load: 8, hop: 2, compute: 3, pieces: 4 })
const topology = buildTopology(hardware.topology)
const model = tinyModel(2, 4)

interface Situation {
  readonly freeSlots: readonly number[]
  readonly rule5: boolean
  readonly memory?: Partial<typeof hardware.memory>
  readonly home?: (expert: number, slice: number) => number
  readonly reserve?: number
}

/** What dies 0..3, which all hold a token of each of two experts, load at once: [expert, slice, die, channel]. */
function loadsIn({ freeSlots, rule5, memory = {}, home = () => 0, reserve = 1 }: Situation) {
  const spec = { ...hardware, memory: { ...hardware.memory, ...memory } }
  const context = packageOf({ hardware: spec, model, compat: 'physical' })
  const weights = { slices: 4, home }
  const work = workOf(
    freeSlots.map(() => [0, 1]),
    2,
    topology,
  )
  const sharing = rule5 ? undecided(context, weights) : striped(context, weights)
  const queue = new TrajectoryQueue(
    [0, 1].map((expert) => trajectoryOf(work, context, sharing, expert)),
    4,
    4,
  )
  while (queue.hasUndecided) queue.decide()
  const started: SliceLoad[] = []
  const machine = { load: (job: SliceLoad) => void started.push(job) } as unknown as Machine
  const dies = freeSlots.map((free, die) => emptyDie(die, free))
  const rules = { reserve, rule5 }
  new SliceLoads(machine, context, weights, queue, dies, rules, () => undefined).loadMore(dies)
  return started.map(({ expert, slice, die, channelDie }) => [expert, slice, die, channelDie])
}

describe('rule 4', () => {
  it('every die with more free slots than the reserve loads the first micro-slice of its own', () => {
    // The ring is 0, 1, 3, 2: micro-slice 2 enters at die 3, 3 at die 2.
    expect(loadsIn({ freeSlots: [2, 1, 5, 3], rule5: false })).toEqual([
      [0, 0, 0, 0],
      [0, 3, 2, 2],
      [0, 2, 3, 3],
    ])
  })

  it('has two loads under way where memory has latency', () => {
    const memory = { latencyPs: 100 }
    expect(loadsIn({ freeSlots: [3, 2, 1, 1], rule5: false, memory })).toEqual([
      [0, 0, 0, 0],
      [1, 0, 0, 0],
      [0, 1, 1, 1],
    ])
  })
})

describe('rule 5', () => {
  it('gives the next micro-slice to the die with most free slots, the first in die order of equals', () => {
    expect(loadsIn({ freeSlots: [3, 5, 4, 5], rule5: true })).toEqual([
      [0, 0, 1, 1],
      [0, 1, 3, 3],
      [0, 2, 2, 2],
      [0, 3, 0, 0],
    ])
  })

  it('counts a slot as taken when its load starts', () => {
    const memory = { latencyPs: 100 }
    const dies = loadsIn({ freeSlots: [3, 5, 3, 4], rule5: true, memory }).map(([, , die]) => die)
    // 5; then 4 and 4; then 3, 3 and 3, of which die 1 has two loads already; then what is left.
    expect(dies).toEqual([1, 1, 3, 0, 2, 3, 0, 2])
  })

  it('keeps the reserve', () => {
    expect(loadsIn({ freeSlots: [2, 3, 2, 1], rule5: true, reserve: 2 })).toEqual([[0, 0, 1, 1]])
  })

  it('in shared memory reads through the own channel of the die, or the nearest', () => {
    const memory = { channelDies: [0, 3] }
    expect(loadsIn({ freeSlots: [2, 5, 4, 3], rule5: true, memory })).toEqual([
      [0, 0, 1, 0],
      [0, 1, 2, 0],
      [0, 2, 3, 3],
      [0, 3, 0, 0],
    ])
  })

  it('where weights have one home, their channel sends them to the most free slots, the nearest of equals', () => {
    const memory = { shared: false, latencyPs: 100 }
    const home = (expert: number) => (expert === 0 ? 2 : 1)
    expect(loadsIn({ freeSlots: [3, 5, 5, 5], rule5: true, memory, home })).toEqual([
      // Channel 1 first: itself, then die 3, one hop away as die 0, which has less room.
      [1, 0, 1, 1],
      [1, 1, 3, 1],
      // Channel 2: itself; then of dies 1, 2 and 3 with four each again itself.
      [0, 0, 2, 2],
      [0, 1, 2, 2],
    ])
  })

  it('sends nothing where no die has room', () => {
    const memory = { shared: false }
    expect(loadsIn({ freeSlots: [1, 1, 1, 1], rule5: true, memory })).toEqual([])
    expect(loadsIn({ freeSlots: [1, 1, 1, 1], rule5: true })).toEqual([])
  })

  it('relieves a die that is slow: it receives fewer micro-slices from memory than striping would give it', () => {
    const tight = frameHardware({ load: 1, hop: 1, compute: 2, pieces: 16 })
    const sixteen = tinyModel(1, 16)
    // One token on die 0, seven on die 1, none of this expert on the others.
    const choices = Array.from({ length: 28 }, (_, token) =>
      token === 0 || (token >= 7 && token < 14) ? [0] : [],
    )
    const loadsOn = (options: string) => {
      const { spans, machine } = runLayer(
        `fse-dp:slots=3${options}`,
        tight,
        sixteen,
        workOf(choices, 1, topology),
      )
      expect(machine.traffic.weightReadBytes).toBe(expertBytes(sixteen))
      expect(machine.traffic.linkBytes).toBe(expertBytes(sixteen))
      return [0, 1].map((die) => spans.filter(({ kind, peer }) => kind === 'load' && peer === die).length)
    }
    expect(loadsOn('')).toEqual([8, 8])
    const [fast, slow] = loadsOn(',rule5=true')
    expect(fast).toBeGreaterThan(slow!)
    expect(fast! + slow!).toBe(16)
  })
})

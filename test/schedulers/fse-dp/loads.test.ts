// Rules 4 and 5: which channel reads next, when, and for which die.

import { describe, expect, it } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { expertBytes } from '../../../src/model/shape.ts'
import { SliceLoads } from '../../../src/schedulers/fse-dp/loads.ts'
import { TrajectoryQueue } from '../../../src/schedulers/fse-dp/queue.ts'
import { pooled, throughAllChannels, trajectoriesOf } from '../../../src/schedulers/fse-dp/trajectory.ts'
import { emptyDie } from '../../../src/schedulers/fse-dp/visit.ts'
import type { Machine, SliceLoad } from '../../../src/schedulers/scheduler.ts'
import { frameHardware, runLayer, tinyModel, workOf } from '../../helpers/frames.ts'

const hardware = frameHardware({ load: 8, hop: 2, compute: 3, pieces: 4 })
const topology = buildTopology(hardware.topology)
const model = tinyModel(2, 4)

interface Situation {
  /** By die. */
  readonly freeSlots: readonly number[]
  readonly rule5: boolean
  readonly memory?: Partial<typeof hardware.memory>
  readonly home?: (expert: number, slice: number) => number
  readonly reserve?: number
  /** Experts that are decided on before anything is loaded. */
  readonly decided?: number
  /** Experts that each die holds a token of. */
  readonly holders?: readonly number[][]
}

/** Dies 0..3, which all hold a token of each of two experts where nothing else is said, and what is loaded: [expert, slice, die, channel]. */
function situation({
  freeSlots,
  rule5,
  memory = {},
  home = () => 0,
  reserve = 1,
  decided = 2,
  holders = freeSlots.map(() => [0, 1]),
}: Situation) {
  const spec = { ...hardware, memory: { ...hardware.memory, ...memory } }
  const context = packageOf({ hardware: spec, model, compat: 'physical' })
  const weights = { slices: 4, home }
  const work = workOf(holders, 2, topology)
  const sharing = rule5 ? pooled(context, weights) : throughAllChannels(context, weights, 'even')
  const queue = new TrajectoryQueue(trajectoriesOf(work, context, sharing, [0, 1]), 4, 4)
  for (let left = decided; left > 0; left--) queue.decide()
  const started: { job: SliceLoad; onLeft: () => void }[] = []
  const load = (job: SliceLoad, _onArrived: () => void, onLeft: () => void) =>
    void started.push({ job, onLeft })
  const machine = { load } as unknown as Machine
  const dies = freeSlots.map((free, die) => emptyDie(die, free))
  const filledDies: number[] = []
  const filled = ({ die }: { readonly die: number }) => void filledDies.push(die)
  const loads = new SliceLoads(
    machine,
    context,
    queue,
    dies,
    { reserve, controlPs: 0 },
    () => undefined,
    filled,
  )
  const newLoads = () => {
    const before = started.length
    loads.loadMore()
    return started
      .slice(before)
      .map(({ job: { expert, slice, die, channelDie } }) => [expert, slice, die, channelDie])
  }
  return {
    newLoads,
    dies,
    filledDies,
    decide: () => queue.decide(),
    free: (die: number) => {
      dies[die]!.freeSlots++
      loads.noteFreed(dies[die]!)
    },
    leave: (index: number) => started[index]!.onLeft(),
  }
}

const loadsIn = (given: Situation) => situation(given).newLoads()

describe('rule 4', () => {
  it('every channel reads the first of its micro-slices for which a die has more free slots than the reserve', () => {
    // In the ring 0, 1, 3, 2 channel 3 reads micro-slice 2 and channel 2 reads micro-slice 3, each for its own die.
    expect(loadsIn({ freeSlots: [2, 1, 5, 3], rule5: false })).toEqual([
      [0, 0, 0, 0],
      [0, 3, 2, 2],
      [0, 2, 3, 3],
    ])
  })

  it('starts once a die has room that had none, and once an expert is decided on that goes elsewhere', () => {
    const { newLoads, free, leave, decide } = situation({
      ...{ freeSlots: [1, 1, 1, 2], rule5: false, decided: 0 },
      holders: [[0], [0], [0], [1]],
    })
    decide()
    expect(newLoads()).toEqual([])
    free(2)
    expect(newLoads()).toEqual([[0, 3, 2, 2]])
    leave(0)
    expect(newLoads()).toEqual([])
    decide()
    expect(newLoads().map(([expert, , die]) => [expert, die])).toEqual([[1, 3]])
  })

  it('says which dies have no slot left', () => {
    const { newLoads, filledDies } = situation({ freeSlots: [2, 1, 1, 3], rule5: false, reserve: 0 })
    newLoads()
    expect(filledDies).toEqual([1, 2])
  })

  it('has two loads in flight where memory has latency, one for each channel before a second', () => {
    const memory = { latencyPs: 100 }
    expect(loadsIn({ freeSlots: [3, 2, 1, 1], rule5: false, memory })).toEqual([
      [0, 0, 0, 0],
      [0, 1, 1, 1],
      [1, 0, 0, 0],
    ])
  })

  it('reads on as soon as a load has left the channel, though it has not come', () => {
    const { newLoads, leave, dies } = situation({ freeSlots: [3, 1, 1, 1], rule5: false })
    expect(newLoads()).toEqual([[0, 0, 0, 0]])
    expect(newLoads()).toEqual([])
    leave(0)
    expect(newLoads()).toEqual([[1, 0, 0, 0]])
    // Both slots are taken before anything has come.
    expect([dies[0]!.freeSlots, dies[0]!.loaded.length]).toEqual([1, 0])
  })
})

describe('rule 5', () => {
  it('each idle channel reads the next micro-slice, for the die with most free slots, the nearest of equals', () => {
    expect(loadsIn({ freeSlots: [3, 5, 4, 5], rule5: true })).toEqual([
      // Dies 1 and 3 have most; then die 3; then dies 1 to 3 have four each.
      [0, 0, 1, 0],
      [0, 1, 3, 1],
      [0, 2, 2, 2],
      [0, 3, 3, 3],
    ])
  })

  it('keeps the reserve', () => {
    expect(loadsIn({ freeSlots: [2, 3, 2, 1], rule5: true, reserve: 2 })).toEqual([[0, 0, 1, 0]])
  })

  it('where weights have one home, their channel sends them to the most free slots, the nearest of equals', () => {
    const memory = { shared: false, latencyPs: 100 }
    const home = (expert: number) => (expert === 0 ? 2 : 1)
    expect(loadsIn({ freeSlots: [3, 5, 5, 5], rule5: true, memory, home })).toEqual([
      [1, 0, 1, 1],
      [0, 0, 2, 2],
      // Die 3 has most, five.
      [1, 1, 3, 1],
      // Dies 1, 2 and 3 have four each: channel 2 has its own.
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
      const { linkBytes, weightReadRemoteBytes } = machine.traffic
      expect(linkBytes).toBe(expertBytes(sixteen) + weightReadRemoteBytes)
      return [0, 1].map((die) => spans.filter(({ kind, peer }) => kind === 'load' && peer === die).length)
    }
    expect(loadsOn('')).toEqual([8, 8])
    const [fast, slow] = loadsOn(',rule5=true')
    expect(fast).toBeGreaterThan(slow!)
    expect(fast! + slow!).toBe(16)
  })
})

// FSE-DP's conservation laws: what it reads, what it sends, and what it holds, on random work.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UserError } from '../../../src/errors.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { expertBytes, tokenBytes } from '../../../src/model/shape.ts'
import { frameHardware, NS, runLayer, tinyModel, workOf } from '../../helpers/frames.ts'
import { madeUp } from '../machines.ts'
import { modelOf, runWorks, stories, worksOf } from '../stories.ts'

const withChannelsEverywhere = madeUp.filter(({ memory, topology, llc }) => {
  const { dies } = buildTopology(topology)
  return memory.shared && llc === undefined && dies > 1 && memory.channelDies.length === dies
})
const any = fc.constantFrom(...withChannelsEverywhere)

/** Dies that hold tokens of each active expert. */
function trajectoryLengths(work: ReturnType<typeof worksOf>[number]): number[] {
  return work.activeExperts.map((expert) => {
    let length = 0
    for (let place = 0; place < work.dies; place++) {
      const at = expert * work.dies + place
      if (work.pairStart[at + 1]! > work.pairStart[at]!) length++
    }
    return length
  })
}

describe('fse-dp', () => {
  it.each([
    'fse-dp:entry=trajectory',
    'fse-dp:slices=3,entry=trajectory',
    'fse-dp-paired:slices=7,slots=3,entry=trajectory',
  ])('%s reads every active expert once and sends it once over each gap of its trajectory', (scheduler) => {
    fc.assert(
      fc.property(stories, any, (story, hardware) => {
        const works = worksOf(story, buildTopology(hardware.topology))
        const bytes = expertBytes(modelOf(story))
        const { traffic } = runWorks(scheduler, hardware, modelOf(story), works).machine
        const lengths = works.flatMap(trajectoryLengths)
        expect(traffic.weightReadBytes).toBe(lengths.length * bytes)
        const gaps = lengths.reduce((sum, length) => sum + length - 1, 0)
        expect(traffic.linkBytes).toBe(gaps * bytes)
        expect(traffic.weightReadRemoteBytes).toBe(0)
      }),
      { seed: 41, numRuns: 40 },
    )
  })

  it('where a trajectory die has no channel, the micro-slices read for it are relayed as well', () => {
    const corners = madeUp.find(({ name }) => name === 'corners-3x3')!
    const topology = buildTopology(corners.topology)
    // One token on each of nine dies: slices 0..8 enter at the ring's dies, five of which have no channel.
    const work = workOf(
      Array.from({ length: 9 }, () => [0]),
      3,
      topology,
    )
    const model = tinyModel(3, 9)
    const { traffic } = runLayer('fse-dp:slices=9,entry=trajectory', corners, model, work).machine
    const piece = expertBytes(model) / 9
    expect(traffic.weightReadBytes).toBe(9 * piece)
    expect(traffic.weightReadRemoteBytes).toBe(5 * piece)
    const requests = 5 * corners.link.requestBytes
    expect(traffic.linkBytes).toBe(9 * piece * 8 + 5 * piece + requests)
  })

  it('no token leaves its die', () => {
    fc.assert(
      fc.property(stories, any, (story, hardware) => {
        const run = runWorks(
          'fse-dp',
          hardware,
          modelOf(story),
          worksOf(story, buildTopology(hardware.topology)),
        )
        expect(run.spans.flat().filter(({ kind, slice }) => kind === 'send' && slice < 0)).toEqual([])
      }),
      { seed: 42, numRuns: 20 },
    )
  })

  it('keeps one slot of each die free of loads', () => {
    // One die alone receives nothing, so it never holds more than slots - 1 micro-slices.
    const single = madeUp.find(({ name }) => name === 'single-die')!
    const work = workOf([[0], [1], [2]], 3, buildTopology(single.topology))
    const model = tinyModel(3, 8)
    const piece = expertBytes(model) / 8
    const slow = { ...single, compute: { kind: 'ideal', flopPerPs: 1e-3 } } as const
    const { sram } = runLayer('fse-dp:slices=8,slots=5', slow, model, work).machine
    expect(sram.counters.dieBytes.peak).toBe(4 * piece + 3 * tokenBytes(model))
  })

  it('uses fewer slots where SRAM has no room for all, and refuses where there is none for two', () => {
    const hardware = frameHardware({ load: 2, hop: 1, compute: 3, pieces: 4 })
    const model = tinyModel(2, 4)
    const piece = expertBytes(model) / 4
    const token = tokenBytes(model)
    const work = workOf([[0], [0], [0, 1], [0]], 2, buildTopology(hardware.topology))
    const run = (sramBytes: number) => runLayer('fse-dp:slices=4', { ...hardware, sramBytes }, model, work)
    expect(run(3 * piece + token).machine.sram.counters.dieBytes.peak).toBeLessThanOrEqual(3 * piece + token)
    expect(run(2 * piece + token).latencyPs).toBeGreaterThan(0)
    expect(() => run(2 * piece + token - 1)).toThrow(UserError)
  })

  it('the dies of an expert that not all dies want are the only ones that compute it', () => {
    const hardware = frameHardware({ load: 8, hop: 2, compute: 3, pieces: 4 })
    const work = workOf([[0], [1], [1], [0]], 2, buildTopology(hardware.topology))
    const { spans, lastComputePs } = runLayer('fse-dp:slices=4', hardware, tinyModel(2, 4), work)
    const dies = (id: number) =>
      new Set(spans.filter((s) => s.kind === 'compute' && s.expert === id).map((s) => s.die))
    expect(dies(0)).toEqual(new Set([0, 3]))
    expect(dies(1)).toEqual(new Set([1, 2]))
    // Two loads of 8 ns a channel. At 16 ns expert 1's are at dies 1 and 2, one of each read there; the other comes 2 ns later.
    // Each die computes its own, then the one its neighbour sent, then what came to it from afar, then to its neighbour: 4 x 3 ns.
    expect(lastComputePs).toBe((16 + 4 * 3) * NS)
  })

  it('rule 1: of several micro-slices that came meanwhile the last one is computed first', () => {
    const hardware = frameHardware({ load: 1, hop: 1, compute: 1, pieces: 8 })
    // One token on die 0, four on die 1: while die 1 computes for 4 ns, a micro-slice a ns comes from die 0.
    const choices = Array.from({ length: 16 }, (_, token) =>
      token === 0 || (token >= 4 && token < 8) ? [0] : [],
    )
    const work = workOf(choices, 1, buildTopology(hardware.topology))
    const { spans } = runLayer('fse-dp:slices=8', hardware, tinyModel(1, 8), work)
    const [first, second] = spans.filter(({ kind, die }) => kind === 'compute' && die === 1)
    const here = spans.filter((s) => s.kind === 'send' && s.peer === 1 && s.endPs <= first!.endPs)
    expect(here.length).toBeGreaterThan(1)
    expect(second!.slice).toBe(here.at(-1)!.slice)
  })
})

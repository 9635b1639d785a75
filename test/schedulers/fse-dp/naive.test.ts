// Naive FSE-DP (A1 of the paper), worked out by hand; 1 frame = 1 ns.
import { describe, expect, it } from 'vitest'
import { UserError } from '../../../src/errors.ts'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { expertBytes } from '../../../src/model/shape.ts'
import { type Frames, frameHardware, HIDDEN, NS, runLayer, tinyModel, workOf } from '../../helpers/frames.ts'
import { madeUp } from '../machines.ts'

const frames: Frames = { load: 8, hop: 2, compute: 3, pieces: 4 }
const hardware = frameHardware(frames)
const mesh = buildTopology(hardware.topology)
const model = tinyModel(2, 4)
const piece = expertBytes(model) / 4
/** Time of one token over a link. */
const tokenPs = Math.ceil((2 * NS * HIDDEN) / piece)

const WEIGHTS = 'fse-dp-naive'
const TOKENS = 'fse-dp-naive:rotate=tokens'

/** `counts[die]` of the tokens that rest on each die chose expert 0; the others, as many as needed, chose nothing. */
function choose(counts: readonly number[], expert = 0): number[][] {
  const most = Math.max(...counts)
  return counts.flatMap((count) => Array.from({ length: most }, (_, i) => (i < count ? [expert] : [])))
}

const run = (scheduler: string, counts: readonly number[], on: HardwareSpec = hardware) =>
  runLayer(scheduler, on, model, workOf(choose(counts), 2, mesh))

describe('naive fse-dp', () => {
  it('takes a load, P computes and P - 1 moves of what rotates', () => {
    expect(run(WEIGHTS, [1, 1, 1, 1]).latencyPs).toBe((8 + 4 * 3 + 3 * 2) * NS)
    expect(run(TOKENS, [1, 1, 1, 1]).latencyPs).toBe((8 + 4 * 3) * NS + 3 * tokenPs)
  })

  it('waits in every phase for the die with most tokens', () => {
    const fiveTokens = [2, 1, 1, 1]
    expect(run(WEIGHTS, fiveTokens).latencyPs).toBe((8 + 4 * 6 + 3 * 2) * NS)
    const { spans } = run(WEIGHTS, fiveTokens)
    const computes = spans.filter(({ kind }) => kind === 'compute')
    const starts = [...new Set(computes.map(({ startPs }) => startPs / NS))]
    expect(starts).toEqual([8, 16, 24, 32])
    expect(computes).toHaveLength(4 * 4)
  })

  it('starts with slice i on the i-th die of the ring and moves every slice to the next one', () => {
    const { spans } = run(WEIGHTS, [1, 1, 1, 1])
    const order = (die: number) =>
      spans.filter(({ kind, die: d }) => kind === 'compute' && d === die).map(({ slice }) => slice)
    // The ring is 0, 1, 3, 2.
    expect([0, 1, 3, 2].map(order)).toEqual([
      [0, 3, 2, 1],
      [1, 0, 3, 2],
      [2, 1, 0, 3],
      [3, 2, 1, 0],
    ])
  })

  it('with rotate=tokens every slice stays where it was loaded', () => {
    const { spans } = run(TOKENS, [2, 2, 2, 2])
    expect(spans.filter(({ kind, slice }) => kind === 'send' && slice >= 0)).toEqual([])
    const where = spans.filter(({ kind }) => kind === 'compute').map(({ slice, die }) => `${slice}@${die}`)
    expect(new Set(where)).toEqual(new Set(['0@0', '1@1', '2@3', '3@2']))
    expect(where).toHaveLength(4 * 4)
  })

  it('loads the next expert only when one is over', () => {
    const choices = choose([1, 1, 1, 1]).map(() => [0, 1])
    for (const scheduler of [WEIGHTS, TOKENS]) {
      const one = run(scheduler, [1, 1, 1, 1]).latencyPs
      expect(runLayer(scheduler, hardware, model, workOf(choices, 2, mesh)).latencyPs).toBe(2 * one)
    }
  })

  it('spreads the tokens first, while the slices are loaded, and pays for their way and their room', () => {
    // Four tokens on die 0: three go to dies 1 and 2 (one hop) and 3 (two hops).
    const { spans, latencyPs, machine } = run(WEIGHTS, [4, 0, 0, 0])
    const moves = spans.filter(({ kind, slice }) => kind === 'send' && slice < 0)
    expect(moves.map(({ die, peer, tokens }) => [die, peer, tokens]).sort()).toEqual([
      [0, 1, 1],
      [0, 2, 1],
      [0, 3, 1],
    ])
    expect(latencyPs).toBe((8 + 4 * 3 + 3 * 2) * NS)
    const restingTokens = 16
    expect(machine.traffic.linkBytes).toBe(3 * 4 * piece + 3 * HIDDEN)
    expect(machine.sram.counters.packageBytes.peak).toBe(2 * 4 * piece + (restingTokens + 3) * HIDDEN)
  })

  it('holds two slices on a die while weights rotate, one while tokens do', () => {
    const peak = (scheduler: string) => run(scheduler, [3, 3, 3, 3]).machine.sram
    expect(peak(WEIGHTS).counters.dieBytes.peak).toBe(2 * piece + 3 * HIDDEN)
    expect(peak(WEIGHTS).counters.packageBytes).toEqual({
      peak: 8 * piece + 12 * HIDDEN,
      weights: 4 * piece,
      receive: 4 * piece,
      tokens: 12 * HIDDEN,
    })
    // The three that rest, the group at work and the group that comes.
    expect(peak(TOKENS).counters.dieBytes.peak).toBe(piece + 3 * 3 * HIDDEN)
  })

  it('with fewer tokens than dies computes on those with tokens alone', () => {
    const { spans, latencyPs } = run(WEIGHTS, [0, 1, 0, 1])
    const computes = spans.filter(({ kind }) => kind === 'compute')
    expect(computes).toHaveLength(2 * 4)
    expect(new Set(computes.map(({ die }) => die))).toEqual(new Set([1, 3]))
    expect(latencyPs).toBe((8 + 4 * 3 + 3 * 2) * NS)
    // All four channels load a slice each.
    expect(spans.filter(({ kind }) => kind === 'load').map(({ die }) => die)).toEqual([0, 1, 3, 2])
    // In ring order 0, 1, 3, 2 the dies with tokens follow each other: slice 0 goes two steps to the second of them,
    // slice 1, from the first, one; slice 2 starts at the second and goes round to the first; slice 3 goes three.
    const steps = (slice: number) =>
      spans.filter(({ kind, slice: s }) => kind === 'send' && s === slice).length
    expect([0, 1, 2, 3].map(steps)).toEqual([2, 1, 3, 3])
  })

  it('with fewer tokens than dies moves those tokens alone', () => {
    const { spans, latencyPs } = run(TOKENS, [0, 1, 0, 1])
    expect(spans.filter(({ kind }) => kind === 'compute')).toHaveLength(2 * 4)
    expect(spans.filter(({ kind }) => kind === 'send')).toHaveLength(2 * 3)
    expect(latencyPs).toBe((8 + 4 * 3) * NS + 3 * tokenPs)
  })

  it('does not send tokens to where they rest', () => {
    // Of two tokens on die 0 one is computed first on die 1, and passes its own die on the way round: 1, 3, 2, 0.
    const { spans } = run(TOKENS, [2, 0, 0, 0])
    const sends = spans.filter(({ kind }) => kind === 'send').map(({ die, peer }) => `${die}>${peer}`)
    expect(sends.sort()).toEqual(['0>1', '0>1', '1>3', '1>3', '3>2', '3>2'])
  })

  it('charges control once a slice and die', () => {
    expect(run(`${WEIGHTS}:control=1`, [1, 1, 1, 1]).latencyPs).toBe((8 + 4 * (3 + 1) + 3 * 2) * NS)
  })

  it('where some dies have no channel, the nearest one that has reads for them', () => {
    const corners = madeUp.find(({ name }) => name === 'own-corners-3x3')!
    const topology = buildTopology(corners.topology)
    const nine = tinyModel(1, 9)
    const work = workOf(
      Array.from({ length: 9 }, () => [0]),
      1,
      topology,
    )
    const { traffic } = runLayer(WEIGHTS, corners, nine, work).machine
    const slice = expertBytes(nine) / 9
    expect(traffic.weightReadRemoteBytes).toBe(5 * slice)
    expect(traffic.linkBytes).toBe(9 * 8 * slice + 5 * (slice + corners.link.requestBytes))
  })

  it('refuses SRAM without room for two slices, or one if tokens rotate, beside the tokens', () => {
    const on = (sramBytes: number) => ({ ...hardware, sramBytes })
    const fits = 2 * piece + HIDDEN
    expect(run(WEIGHTS, [1, 1, 1, 1], on(fits)).latencyPs).toBeGreaterThan(0)
    const refused = () => run(WEIGHTS, [1, 1, 1, 1], on(fits - 1))
    expect(refused).toThrow(UserError)
    expect(refused).toThrow(/slices of 6144 B, 2 on each die beside 64 B of tokens, needs 12352 B/)
    // There also has to be room for a group of tokens to come and one to go.
    expect(run(TOKENS, [1, 1, 1, 1], on(piece + 3 * HIDDEN)).latencyPs).toBeGreaterThan(0)
    expect(() => run(TOKENS, [1, 1, 1, 1], on(piece + HIDDEN - 1))).toThrow(/1 on each die/)
    expect(() => run(TOKENS, [1, 1, 1, 1], on(piece + HIDDEN))).toThrow(/stopped making progress/)
  })

  it('asks for room beside the tokens of the die on which most rest', () => {
    // Of six tokens two rest on each of two dies, one on each of the others.
    const six = workOf(
      Array.from({ length: 6 }, () => [0]),
      2,
      mesh,
    )
    const runOn = (sramBytes: number) => runLayer(WEIGHTS, { ...hardware, sramBytes }, model, six)
    const fits = 2 * piece + 2 * HIDDEN
    expect(() => runOn(fits - 1)).toThrow(/2 on each die beside 128 B of tokens, needs 12416 B/)
    expect(runOn(fits + 2 * HIDDEN).latencyPs).toBeGreaterThan(0)
  })
})

// The worked examples X1-X7 of the FSE-DP reference, as the paper's rules demand them; 1 frame = 1 ns.
import { describe, expect, it } from 'vitest'
import type { HardwareSpec } from '../../src/hardware/spec.ts'
import { buildTopology } from '../../src/hardware/topology.ts'
import { expertBytes } from '../../src/model/shape.ts'
import type { LayerWork } from '../../src/schedulers/work.ts'
import {
  type Frames,
  frameHardware,
  type LayerRun,
  NS,
  runLayer,
  tinyModel,
  workOf,
} from '../helpers/frames.ts'

const mesh = buildTopology({ kind: 'mesh', columns: 2, rows: 2, numbering: 'row-major' })

/** Work of `tokens` tokens from the tokens (counted from 1, as the examples do) that chose each expert. */
function chosenBy(tokens: number, experts: readonly (readonly number[])[], expertCount = experts.length) {
  const choices = Array.from({ length: tokens }, (_, t) =>
    experts.flatMap((list, expert) => (list.includes(t + 1) ? [expert] : [])),
  )
  return workOf(choices, expertCount, mesh)
}

const frames: Frames = { load: 8, hop: 2, compute: 3, pieces: 4 }
const model = tinyModel(2, 4)
const computesOf = (run: LayerRun) => run.spans.filter(({ kind }) => kind === 'compute')
/** Hot and cold expert: E1 of two tokens on each of dies 0, 1 and 2, E2 of one token on die 3. */
const hotAndCold = chosenBy(8, [[1, 2, 3, 4, 5, 6], [8]])

describe.each(['trajectory', 'all'])('FSE-DP worked examples, entry %s', (entry) => {
  const run = (options: string, hardware: HardwareSpec, work: LayerWork) =>
    runLayer(`fse-dp:slices=4,entry=${entry},${options}`, hardware, model, work)

  // All dies are on the trajectory: both rules read micro-slice m through the m-th channel, for the m-th die.
  it('X1: one expert, one token on each die, ends at load + 4 computes = 20 ns', () => {
    const layer = run('slots=4', frameHardware(frames), chosenBy(4, [[1, 2, 3, 4]], 2))
    expect(layer.lastComputePs).toBe(20 * NS)
    expect(computesOf(layer)).toHaveLength(16)
    expect(layer.spans.filter(({ kind }) => kind === 'send')).toHaveLength(12)
    expect(layer.machine.traffic.linkBytes).toBe(3 * expertBytes(model))
    expect(layer.machine.traffic.weightReadBytes).toBe(expertBytes(model))
    // Two micro-slices and one token are the most that a die holds.
    expect(layer.machine.sram.counters.dieBytes.peak).toBe((2 * expertBytes(model)) / 4 + model.hidden)
  })

  it('X2: hot and cold expert with uneven tokens ends at 36 ns, its bound being 32 ns, empty dies skipped', () => {
    const layer = run('paired=true,slots=6', frameHardware(frames), hotAndCold)
    expect(layer.lastComputePs).toBe(36 * NS)
    expect(computesOf(layer)).toHaveLength(4 * 3 + 4 * 1)
    expect(computesOf(layer).filter(({ expert, die }) => (expert === 1) !== (die === 3))).toEqual([])
  })

  it('X6: a full die delays a micro-slice and is not visited twice: 8 computes, the last ends at 21 ns', () => {
    const tight: Frames = { load: 1, hop: 1, compute: 5, pieces: 4 }
    // Tokens 1 and 2 rest on the first two dies; tokens 3 and 4, on the others, chose nothing.
    const layer = run('slots=3', frameHardware(tight), chosenBy(4, [[1, 2]], 2))
    expect(computesOf(layer)).toHaveLength(8)
    expect(new Set(computesOf(layer).map(({ die, slice }) => `${die}/${slice}`)).size).toBe(8)
    expect(layer.lastComputePs).toBe(21 * NS)
  })

  it('X7: two experts overlap fully: no die idles from 8 ns to 44 ns', () => {
    // Every die holds three tokens: two chose E1, one chose E2.
    const work = chosenBy(12, [
      [1, 2, 4, 5, 7, 8, 10, 11],
      [3, 6, 9, 12],
    ])
    const layer = run('paired=true,slots=6', frameHardware(frames), work)
    expect(layer.lastComputePs).toBe(44 * NS)
    for (let die = 0; die < 4; die++) {
      const computes = computesOf(layer).filter((span) => span.die === die)
      expect(computes.reduce((sum, { startPs, endPs }) => sum + endPs - startPs, 0)).toBe(36 * NS)
    }
  })
})

describe('entry all on X2, by hand', () => {
  const { spans, machine } = runLayer(
    'fse-dp:paired=true,slices=4,slots=6',
    frameHardware(frames),
    model,
    hotAndCold,
  )
  const timesOf = (kind: string, expert: number, slice: number) =>
    spans
      .filter((span) => span.kind === kind && span.expert === expert && span.slice === slice)
      .map(({ die, peer, startPs, endPs }) => [die, peer, startPs / NS, endPs / NS])

  it('every channel reads one micro-slice of each expert, the second as the first has left', () => {
    // In ring order 0, 1, 3, 2. E1's channel 3 has dies 1 and 2 one hop away: of these die 1 comes first.
    expect([0, 1, 2, 3].map((slice) => timesOf('load', 0, slice)[0])).toEqual([
      [0, 0, 0, 8],
      [1, 1, 0, 8],
      [3, 1, 0, 8],
      [2, 2, 0, 8],
    ])
    // E2 has die 3 alone: three of its four come over links.
    expect([0, 1, 2, 3].map((slice) => timesOf('load', 1, slice)[0])).toEqual([
      [0, 3, 8, 16],
      [1, 3, 8, 16],
      [3, 3, 8, 16],
      [2, 3, 8, 16],
    ])
    expect(machine.traffic.weightReadRemoteBytes).toBe((1 + 3) * (expertBytes(model) / 4))
  })

  it('what came over a link from a channel waits as loaded, and ends last: 8 + 4 x 6 at die 1, then 34 and 36', () => {
    // Die 1 computes what it received first, 6 ns each: from 8, 14, 20 and, with micro-slice 2, 26. It is at die 2 at 28, which
    // is busy until then, and from there at die 0 at 30.
    expect(timesOf('compute', 0, 2)).toEqual([
      [1, 1, 26, 32],
      [2, 2, 28, 34],
      [0, 0, 30, 36],
    ])
  })

  it('what comes at one time from two channels shares their link: micro-slices 0 and 1 of E2 take 4 ns from die 1 on', () => {
    const sends = [0, 1, 3].map((slice) => timesOf('send', 1, slice)[0])
    expect(sends).toEqual([
      [0, 3, 16, 20],
      [1, 3, 16, 20],
      [2, 3, 16, 18],
    ])
    const computes = spans.filter(({ kind, die }) => kind === 'compute' && die === 3)
    expect(computes.map(({ startPs }) => startPs / NS)).toEqual([16, 19, 22, 25])
  })
})

describe('FSE-DP occupancy', () => {
  it('the occupancy table: 16 micro-slices loaded ahead, 16 steps, peak 5 slots, mean 3.25', () => {
    const step = 1_000_000
    const microSlices = tinyModel(1, 16)
    const sliceBytes = expertBytes(microSlices) / 16
    const base = frameHardware({ load: 1, hop: 1, compute: 1, pieces: 16 })
    const hardware = {
      ...base,
      // Six slots: the five of the table, and one that loads leave free. Loads take 1 ps each, so all four of a die are in before anything else happens.
      memory: { ...base.memory, bytesPerPs: sliceBytes },
      link: { ...base.link, bytesPerPs: sliceBytes / step },
      compute: { kind: 'ideal', flopPerPs: (2 * sliceBytes) / step },
    } as const
    const run = runLayer('fse-dp:slices=16,slots=6', hardware, microSlices, chosenBy(4, [[1, 2, 3, 4]]))
    const slots = run.spans.filter(({ kind, die }) => kind === 'reserve' && die === 0)
    const heldAt = (timePs: number) => slots.filter((s) => s.startPs <= timePs && timePs < s.endPs).length
    const firstComputePs = 1
    const occupancy = Array.from({ length: 16 }, (_, i) => heldAt(firstComputePs + (i + 0.5) * step))
    expect(occupancy).toEqual([5, 5, 5, 4, 4, 4, 4, 3, 3, 3, 3, 2, 2, 2, 2, 1])
    expect(occupancy.reduce((a, b) => a + b, 0) / 16).toBe(3.25)
    expect(run.lastComputePs).toBe(firstComputePs + 16 * step)
  })
})

describe('EP worked examples', () => {
  const frames: Frames = { load: 32, hop: 2, compute: 12, pieces: 1, hopUnit: 'token' }

  it('X3: the gather overlaps the load of the weights, so that the longest compute alone follows: 80 ns', () => {
    const work = chosenBy(8, [[1, 2, 3, 5], [3, 4], [5, 6, 7], [8]])
    const run = runLayer('ep', frameHardware(frames), tinyModel(4, 1), work)
    expect(run.lastComputePs).toBe(80 * NS)
  })

  // Experts 0 and 1 share the first die; their tokens rest there.
  const twoOnOneDie = chosenBy(8, [[1, 2], [1, 2], [3], [4], [5], [6], [7], [8]])
  it('X5: without prefetch a die loads its second expert only after the first is done: 112 ns', () => {
    const run = runLayer('ep', frameHardware(frames), tinyModel(8, 1), twoOnOneDie)
    expect(run.lastComputePs).toBe(112 * NS)
  })

  it('X5: with one prefetch slot the second load runs behind the first compute: 88 ns', () => {
    const run = runLayer('ep:prefetch=1', frameHardware(frames), tinyModel(8, 1), twoOnOneDie)
    expect(run.lastComputePs).toBe(88 * NS)
  })
})

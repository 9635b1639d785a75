// The worked examples X1-X7 of the FSE-DP reference, as the paper's rules demand them; 1 frame = 1 ns.
import { describe, expect, it } from 'vitest'
import { buildTopology } from '../../src/hardware/topology.ts'
import { expertBytes } from '../../src/model/shape.ts'
import { type Frames, frameHardware, NS, runLayer, tinyModel, workOf } from '../helpers/frames.ts'

const mesh = buildTopology({ kind: 'mesh', columns: 2, rows: 2, numbering: 'row-major' })

/** Work of `tokens` tokens from the tokens (counted from 1, as the examples do) that chose each expert. */
function chosenBy(tokens: number, experts: readonly (readonly number[])[], expertCount = experts.length) {
  const choices = Array.from({ length: tokens }, (_, t) =>
    experts.flatMap((list, expert) => (list.includes(t + 1) ? [expert] : [])),
  )
  return workOf(choices, expertCount, mesh)
}

describe('FSE-DP worked examples', () => {
  const frames: Frames = { load: 8, hop: 2, compute: 3, pieces: 4 }
  const model = tinyModel(2, 4)

  it('X1: one expert, one token on each die, ends at load + 4 computes = 20 ns', () => {
    const run = runLayer(
      'fse-dp:slices=4,slots=4',
      frameHardware(frames),
      model,
      chosenBy(4, [[1, 2, 3, 4]], 2),
    )
    expect(run.lastComputePs).toBe(20 * NS)
    expect(run.spans.filter(({ kind }) => kind === 'compute')).toHaveLength(16)
    expect(run.spans.filter(({ kind }) => kind === 'send')).toHaveLength(12)
    expect(run.machine.traffic.linkBytes).toBe(3 * expertBytes(model))
    expect(run.machine.traffic.weightReadBytes).toBe(expertBytes(model))
    // Two micro-slices and one token are the most that a die holds.
    expect(run.machine.sram.counters.dieBytes.peak).toBe((2 * expertBytes(model)) / 4 + model.hidden)
  })

  it('X2: hot and cold expert with uneven tokens ends between its bound of 32 ns and 40 ns, empty dies skipped', () => {
    const work = chosenBy(8, [[1, 2, 3, 4, 5, 6], [8]])
    const run = runLayer('fse-dp:paired=true,slices=4,slots=6', frameHardware(frames), model, work)
    expect(run.lastComputePs).toBeGreaterThanOrEqual(32 * NS)
    expect(run.lastComputePs).toBeLessThanOrEqual(40 * NS)
    const computes = run.spans.filter(({ kind }) => kind === 'compute')
    expect(computes).toHaveLength(4 * 3 + 4 * 1)
    expect(computes.filter(({ expert, die }) => expert === 1 && die !== 3)).toEqual([])
    expect(computes.filter(({ expert, die }) => expert === 0 && die === 3)).toEqual([])
  })

  it('X6: a full die delays a micro-slice and is not visited twice: 8 computes, the last ends at 21 ns', () => {
    const tight: Frames = { load: 1, hop: 1, compute: 5, pieces: 4 }
    // Tokens 1 and 2 rest on the first two dies; tokens 3 and 4, on the others, chose nothing.
    const run = runLayer('fse-dp:slices=4,slots=3', frameHardware(tight), model, chosenBy(4, [[1, 2]], 2))
    const computes = run.spans.filter(({ kind }) => kind === 'compute')
    expect(computes).toHaveLength(8)
    expect(new Set(computes.map(({ die, slice }) => `${die}/${slice}`)).size).toBe(8)
    expect(run.lastComputePs).toBe(21 * NS)
  })

  it('X7: two experts overlap fully: no die idles from 8 ns to 44 ns', () => {
    // Every die holds three tokens: two chose E1, one chose E2.
    const work = chosenBy(12, [
      [1, 2, 4, 5, 7, 8, 10, 11],
      [3, 6, 9, 12],
    ])
    const run = runLayer('fse-dp:paired=true,slices=4,slots=6', frameHardware(frames), model, work)
    expect(run.lastComputePs).toBe(44 * NS)
    for (let die = 0; die < 4; die++) {
      const computes = run.spans.filter((span) => span.kind === 'compute' && span.die === die)
      expect(computes.reduce((sum, { startPs, endPs }) => sum + endPs - startPs, 0)).toBe(36 * NS)
    }
  })

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

// Odd work and tight settings for every variant of FSE-DP: it ends, with all work done, or says what is missing.
import { describe, expect, it } from 'vitest'
import { UserError } from '../../../src/errors.ts'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { expertBytes, flopPerToken, type ModelShape } from '../../../src/model/shape.ts'
import { type Frames, frameHardware, runLayer, tinyModel, workOf } from '../../helpers/frames.ts'

const frames: Frames = { load: 8, hop: 2, compute: 3, pieces: 4 }
const square = frameHardware(frames)
const sixteen: HardwareSpec = {
  ...square,
  topology: { kind: 'mesh', columns: 4, rows: 4, numbering: 'row-major' },
  memory: { ...square.memory, channelDies: [0, 3, 12, 15] },
}
const single: HardwareSpec = {
  ...square,
  topology: { kind: 'mesh', columns: 1, rows: 1, numbering: 'row-major' },
  memory: { ...square.memory, channelDies: [0] },
}

const variants = [
  'fse-dp',
  'fse-dp-paired',
  'fse-dp:rule5=true',
  'fse-dp:reserve=0,slots=2',
  'fse-dp:control=1,decision=1',
  'fse-dp-naive',
  'fse-dp-naive:rotate=tokens',
]

function run(
  scheduler: string,
  hardware: HardwareSpec,
  choices: readonly (readonly number[])[],
  model: ModelShape = tinyModel(6, 4),
) {
  return runLayer(
    scheduler,
    hardware,
    model,
    workOf(choices, model.experts, buildTopology(hardware.topology)),
  )
}

const flopOf = ({ machine }: ReturnType<typeof run>) =>
  [...machine.traffic.dieFlop].reduce((sum, flop) => sum + flop, 0)

describe.each(variants)('%s', (scheduler) => {
  it('does nothing, in no time, for no tokens', () => {
    const { latencyPs, machine, spans } = run(scheduler, square, [])
    expect([latencyPs, machine.traffic.weightReadBytes, spans.length]).toEqual([0, 0, 0])
  })

  it('reads nothing for tokens that chose no expert', () => {
    const { latencyPs, machine } = run(scheduler, square, [[], [], [], [], []])
    expect([latencyPs, machine.traffic.weightReadBytes, machine.traffic.linkBytes]).toEqual([0, 0, 0])
  })

  it('reads no expert that nobody chose', () => {
    const { spans } = run(scheduler, square, [[1], [4], [1], [1]])
    expect(new Set(spans.map(({ expert }) => expert))).toEqual(new Set([1, 4]))
  })

  it('works with more dies than tokens', () => {
    const model = tinyModel(6, 4)
    const result = run(scheduler, sixteen, [[0, 2], [], [2, 5]], model)
    expect(result.machine.traffic.weightReadBytes).toBe(3 * expertBytes(model))
    expect(flopOf(result)).toBeCloseTo(4 * flopPerToken(model), 3)
    expect(result.spans.filter(({ kind, tokens }) => kind === 'compute' && tokens === 0)).toEqual([])
  })

  it('works on one die, where nothing is sent', () => {
    const { machine } = run(scheduler, single, [[0, 1], [1], [2]])
    expect(machine.traffic.weightReadBytes).toBe(3 * expertBytes(tinyModel(6, 4)))
    expect(machine.traffic.linkBytes).toBe(0)
  })

  it('works for a single token', () => {
    const result = run(scheduler, square, [[3]])
    expect(flopOf(result)).toBeCloseTo(flopPerToken(tinyModel(6, 4)), 3)
  })
})

describe('slices', () => {
  const choices = [[0, 1], [0], [1], [0], [1]]

  it.each(['fse-dp:slices=7', 'fse-dp:slices=7,rule5=true', 'fse-dp:slices=1000', 'fse-dp-naive'])(
    '%s: every byte of an expert that they do not divide is read once and sent as often as the others',
    (scheduler) => {
      const odd = { ...tinyModel(2, 1), expertIntermediate: 31, weightBytes: 0.53125 }
      const result = run(scheduler, square, choices, odd)
      expect(expertBytes(odd) % result.machine.slices).not.toBe(0)
      const loads = result.spans.filter(({ kind, expert }) => kind === 'load' && expert === 0)
      const bytesOf = new Map(loads.map(({ slice, bytes }) => [slice, bytes]))
      expect([...bytesOf.values()].reduce((sum, bytes) => sum + bytes, 0)).toBe(expertBytes(odd))
      expect(Math.max(...bytesOf.values()) - Math.min(...bytesOf.values())).toBe(1)
      const sends = result.spans.filter(({ kind, slice }) => kind === 'send' && slice >= 0)
      for (const { slice, bytes } of sends) expect(bytes).toBe(bytesOf.get(slice))
      expect(result.machine.traffic.weightReadBytes).toBe(2 * expertBytes(odd))
      expect(flopOf(result)).toBeCloseTo(6 * flopPerToken(odd), 3)
    },
  )

  it('finer than an expert has bytes still do all the work', () => {
    const small = { ...tinyModel(2, 1), hidden: 4, expertIntermediate: 8 }
    expect(expertBytes(small)).toBeLessThan(1024)
    for (const options of ['', ',rule5=true', ',slots=2', ',reserve=0']) {
      const result = run(`fse-dp:slices=1024${options}`, square, choices, small)
      expect(result.machine.traffic.weightReadBytes).toBe(2 * expertBytes(small))
      expect(flopOf(result)).toBeCloseTo(6 * flopPerToken(small), 3)
    }
  })
})

describe('slots', () => {
  it('two of them are enough for several trajectories that cross each other', () => {
    // Three experts on three different pairs of four dies, and one on all of them.
    const choices = [
      [0, 2, 3],
      [0, 1, 3],
      [1, 3],
      [2, 3],
    ]
    for (const options of ['', ',reserve=0', ',rule5=true', ',rule5=true,reserve=0', ',paired=true']) {
      const { machine, spans } = run(`fse-dp:slots=2${options}`, square, choices)
      expect(machine.traffic.weightReadBytes).toBe(4 * expertBytes(tinyModel(6, 4)))
      expect(spans.filter(({ kind }) => kind === 'compute')).toHaveLength(16 * (2 + 2 + 2 + 4))
    }
  })

  it('too few of them in a small SRAM are a user error that says what would do', () => {
    const choices = [[0], [0], [0], [0]]
    const piece = expertBytes(tinyModel(6, 4)) / 4
    const tight = (sramBytes: number, options: string) => () =>
      run(`fse-dp:slices=4${options}`, { ...square, sramBytes }, choices)
    expect(tight(piece + 64, ',reserve=0')).not.toThrow()
    expect(tight(piece + 64, '')).toThrow(UserError)
    expect(tight(piece + 64, '')).toThrow(
      'fse-dp with micro-slices of 6144 B beside 64 B of tokens needs 12352 B of SRAM on a die for 2 slots, ' +
        'one to load and 1 in reserve; available: 6208 B; cut experts finer (fse-dp:slices=...), ' +
        'use fewer tokens, or a larger "sram"',
    )
    expect(tight(piece + 63, ',reserve=0')).toThrow(UserError)
  })
})

// FSE-DP with hardly any slots: it never stalls and visits every die of a trajectory exactly once.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TopologySpec } from '../../../src/hardware/spec.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { expertBytes } from '../../../src/model/shape.ts'
import { type Frames, frameHardware, runLayer, tinyModel, workOf } from '../../helpers/frames.ts'

const grids: readonly Extract<TopologySpec, { kind: 'mesh' | 'torus' }>[] = [
  { kind: 'mesh', columns: 2, rows: 2, numbering: 'row-major' },
  { kind: 'mesh', columns: 3, rows: 3, numbering: 'row-major' },
  { kind: 'torus', columns: 3, rows: 2, numbering: 'column-major' },
  { kind: 'mesh', columns: 4, rows: 4, numbering: 'row-major' },
]

/** Which of `dies * perDie` tokens chose which of the experts, at random densities. */
const tightCase = fc
  .record({
    topology: fc.constantFrom(...grids),
    experts: fc.integer({ min: 1, max: 8 }),
    slices: fc.constantFrom(1, 2, 3, 5, 8),
    slots: fc.constantFrom(2, 3, 4),
    reserve: fc.constantFrom(0, 1),
    rule5: fc.boolean(),
    load: fc.constantFrom(1, 4, 9),
    hop: fc.constantFrom(1, 3, 10),
    compute: fc.constantFrom(1, 2, 7),
    latencyPs: fc.constantFrom(0, 1500),
    isPaired: fc.boolean(),
    channels: fc.constantFrom('all', 'first', 'own'),
  })
  .chain((setup) => {
    const dies = setup.topology.columns * setup.topology.rows
    const token = fc.subarray(
      Array.from({ length: setup.experts }, (_, expert) => expert),
      { minLength: 1 },
    )
    return fc.record({
      setup: fc.constant(setup),
      choices: fc.array(token, { minLength: dies, maxLength: 2 * dies }),
    })
  })

describe('fse-dp with two to four slots, one or none in reserve', () => {
  it('never stalls, never visits twice, and moves every micro-slice along its trajectory once', () => {
    fc.assert(
      fc.property(tightCase, ({ setup, choices }) => {
        const { slices, slots, reserve, rule5, experts } = setup
        const frames: Frames = { load: setup.load, hop: setup.hop, compute: setup.compute, pieces: slices }
        const base = frameHardware(frames)
        const topology = buildTopology(setup.topology)
        const all = Array.from({ length: topology.dies }, (_, die) => die)
        const hardware = {
          ...base,
          topology: setup.topology,
          memory: {
            ...base.memory,
            latencyPs: setup.latencyPs,
            channelDies: setup.channels === 'first' ? [0] : all,
            shared: setup.channels !== 'own',
          },
        }
        const model = tinyModel(experts, slices)
        const work = workOf(choices, experts, topology)
        const run = runLayer(
          `fse-dp:slices=${slices},slots=${slots},reserve=${reserve},rule5=${rule5},paired=${setup.isPaired}`,
          hardware,
          model,
          work,
        )

        const visits = run.spans
          .filter(({ kind }) => kind === 'compute')
          .map(({ expert, slice, die }) => `${expert}/${slice}@${die}`)
        const trajectories = work.activeExperts.map(
          (expert) =>
            new Set(choices.flatMap((list, token) => (list.includes(expert) ? [work.restingDie[token]] : [])))
              .size,
        )
        const stops = trajectories.reduce((a, b) => a + b, 0)
        expect(visits).toHaveLength(slices * stops)
        expect(new Set(visits).size).toBe(visits.length)
        expect(run.machine.traffic.weightReadBytes).toBe(work.activeExperts.length * expertBytes(model))
        const sends = run.spans.filter(({ kind }) => kind === 'send').length
        // Loads through another die's channel travel too, but are no steps of the trajectory.
        const relays = run.spans.filter(({ kind, die, peer }) => kind === 'load' && die !== peer).length
        expect(sends - relays).toBe(slices * (stops - trajectories.length))

        const sliceBytes = expertBytes(model) / slices
        const tokensOn = (die: number) =>
          work.restingDie.filter((other) => other === die).length * model.hidden
        const most = Math.max(...all.map((die) => slots * sliceBytes + tokensOn(die)))
        expect(run.machine.sram.counters.dieBytes.peak).toBeLessThanOrEqual(most)
      }),
      { seed: 4_610, numRuns: 800 },
    )
  })
})

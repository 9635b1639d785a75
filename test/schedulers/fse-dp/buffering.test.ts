// The options of token buffering, and the room that paused tokens leave to micro-slices.
import { describe, expect, it } from 'vitest'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { expertBytes, tokenBytes } from '../../../src/model/shape.ts'
import { splitSchedulerText } from '../../../src/schedulers/options.ts'
import { bufferingOf, resolveScheduler, schedulers } from '../../../src/schedulers/table.ts'
import { frameHardware, runLayer, tinyModel, workOf } from '../../helpers/frames.ts'

const buffering = (text: string) => {
  const { scheduler, options } = resolveScheduler(splitSchedulerText(text)!, 'physical').resolved!
  return bufferingOf(scheduler, options)
}

/** What whole requests do unless told otherwise. */
const whole = { unit: 'request', resume: 'next', isStaggered: false }

describe('the percentage', () => {
  it.each([
    [10, 10],
    [20, 5],
    [30, 3],
    [1, 100],
    [67, 1],
    [100, 1],
  ])('%d stands for a pause every %d forward passes', (percent, forwards) => {
    expect(buffering(`fse-dp:buffering=${percent}`)).toEqual({
      ...{ forwardsPerCredit: forwards, coldTokens: 2, share: percent / 100 },
      ...whole,
    })
  })

  it('0 is off, and no other scheduler has token buffering', () => {
    expect(buffering('fse-dp:buffering=0')).toBeUndefined()
    for (const name of Object.keys(schedulers)) expect(buffering(name)).toBeUndefined()
  })

  it('goes with presets and with a threshold of its own', () => {
    expect(buffering('fse-dp-paired:buffering=20,cold=5')).toEqual({
      ...{ forwardsPerCredit: 5, coldTokens: 5, share: 0.2 },
      ...whole,
    })
    expect(resolveScheduler({ name: 'fse-dp', options: { cold: 5 } }, 'physical').findings).toHaveLength(1)
  })
})

describe('paused tokens', () => {
  const model = tinyModel(2, 4)
  const frames = { load: 4, hop: 1, compute: 1, pieces: 4 }
  const topology = buildTopology(frameHardware(frames).topology)
  const work = workOf([[0], [0], [0], [1]], 2, topology)
  const pausedBytes = Float64Array.of(0, 700, 0, 0)
  const sliceBytes = expertBytes(model) / 4

  it('are in the peak of the SRAM of their die, whatever the scheduler', () => {
    for (const name of ['ep', 'fse-dp', 'forecast-prefetch']) {
      const run = (of: typeof work) => runLayer(name, frameHardware(frames), model, of).machine.sram
      const { weights, receive, tokens } = run({ ...work, pausedBytes }).counters.packageBytes
      expect(tokens).toBeGreaterThanOrEqual(700 + 4 * tokenBytes(model))
      expect(weights + receive + tokens).toBe(run({ ...work, pausedBytes }).counters.packageBytes.peak)
      expect(run({ ...work, pausedBytes }).counters.packageBytes.peak).toBe(
        run(work).counters.packageBytes.peak + 700,
      )
    }
  })

  it('take room from micro-slices, and are refused where two of these do not fit beside them', () => {
    const run = (slices: number) => {
      const sramBytes = Math.ceil(slices * sliceBytes) + tokenBytes(model) + 700
      const hardware = frameHardware(frames, { sramBytes })
      return runLayer('fse-dp:slices=4,slots=4', hardware, model, { ...work, pausedBytes }).machine.sram
    }
    expect(run(4).usedBytes(1)).toBe(0)
    expect(run(2).counters.dieBytes.peak).toBeLessThanOrEqual(2 * sliceBytes + tokenBytes(model) + 700)
    // Enough for two slices beside the token of another die.
    expect(() => run(1.95)).toThrow(`beside ${tokenBytes(model) + 700} B of tokens`)
  })
})

// What hydra expects an expert to take: the chance that it is needed times its weights, and its tokens.
import { describe, expect, it } from 'vitest'
import { loadHardware } from '../../../src/config/hardware/hardware.ts'
import { loadModel } from '../../../src/config/model/model.ts'
import { packageOf } from '../../../src/hardware/package.ts'
import { type CostSetting, hydraCost } from '../../../src/schedulers/hydra/cost.ts'
import { bundledIo } from '../../config/bundled-io.ts'

const io = bundledIo()
const model = await loadModel(io, 'qwen3-30b-a3b')
const hardware = await loadHardware(io, 'fse-dp-2x2')
const own = { ...hardware, memory: { ...hardware.memory, shared: false } }
const costOf = (setting: Partial<CostSetting>, on = hardware) =>
  hydraCost(packageOf({ hardware: on, model, compat: 'physical' }), {
    ...{ prefetch: 0, combine: false, isOracle: false },
    ...setting,
  })

/** 3 x 2048 x 768 weights at 25.6 GB/s, and 2 FLOPs for each at 3.2768 TFLOP/s. */
const READ_PS = (3 * 2048 * 768) / 0.0256
const TOKEN_PS = (2 * 3 * 2048 * 768) / 3.2768

describe('the expected time of an expert', () => {
  it('is its weights times 1 - exp(-n), and n tokens', () => {
    const cost = costOf({})
    expect(cost.readPs(2)).toBeCloseTo((1 - Math.exp(-2)) * READ_PS, 0)
    expect(cost.readPs(0.01)).toBeCloseTo(0.00995 * READ_PS, -3)
    expect(cost.computePs(2)).toBeCloseTo(2 * TOKEN_PS, 3)
    expect([costOf({}).overlaps, costOf({ prefetch: 1 }).overlaps]).toEqual([false, true])
  })

  it('is that of the whole expert where it is known that tokens come', () => {
    expect(costOf({ isOracle: true }).readPs(1)).toBeCloseTo(READ_PS, 0)
    expect(costOf({ isOracle: true }).readPs(0)).toBe(0)
  })

  it('is longer where fewer channels than dies share the reads', () => {
    const two = { ...hardware, memory: { ...hardware.memory, channelDies: [0, 3] } }
    expect(costOf({ isOracle: true }, two).readPs(1)).toBeCloseTo(2 * READ_PS, 0)
  })
})

describe('the way of weights', () => {
  it('counts where a weight has one home: as many tokens as its bytes are', () => {
    expect(costOf({ isOracle: true }, own).weightTokens(1)).toBe(3 * 768)
    expect(costOf({}, own).weightTokens(1)).toBeCloseTo((1 - Math.exp(-1)) * 3 * 768, 6)
    expect([costOf({}, own).overlaps, costOf({}, own).readsAtHome]).toEqual([true, true])
    // With results sent back a token goes twice.
    expect(costOf({ isOracle: true, combine: true }, own).weightTokens(1)).toBe((3 * 768) / 2)
  })

  it('does not count where any channel reads any weight', () => {
    expect(costOf({ isOracle: true }).weightTokens(5)).toBe(0)
  })
})

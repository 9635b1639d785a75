// FSE-DP's options: ids, presets, what must not stand together, and what each of the plain ones does.
import { describe, expect, it } from 'vitest'
import { describe as inWords, UserError } from '../../../src/errors.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { expertBytes, tokenBytes } from '../../../src/model/shape.ts'
import { splitSchedulerText } from '../../../src/schedulers/options.ts'
import { resolveScheduler } from '../../../src/schedulers/table.ts'
import { type Frames, frameHardware, NS, runLayer, tinyModel, workOf } from '../../helpers/frames.ts'
import { madeUp } from '../machines.ts'

const resolve = (text: string) => resolveScheduler(splitSchedulerText(text)!, 'physical')
const complaints = (text: string) => resolve(text).findings.map(inWords)

const frames: Frames = { load: 8, hop: 2, compute: 3, pieces: 4 }
const mesh = buildTopology(frameHardware(frames).topology)
const model = tinyModel(4, 4)
/** One expert with a token on every die. */
const oneEach = workOf([[0], [0], [0], [0]], 4, mesh)
const run = (scheduler: string, work = oneEach) => runLayer(scheduler, frameHardware(frames), model, work)

describe('options of fse-dp', () => {
  it.each([
    ['fse-dp:rule5=true,reserve=1', 'fse-dp:rule5=true'],
    ['fse-dp:naive=true', 'fse-dp:naive=true'],
    ['fse-dp-naive:rotate=weights', 'fse-dp-naive'],
    ['fse-dp-naive:rotate=tokens,slots=12', 'fse-dp-naive:rotate=tokens'],
    ['fse-dp:control=12.5,decision=0', 'fse-dp:control=12.5'],
    ['fse-dp:reserve=11', 'fse-dp:reserve=11'],
  ])('%s is %s', (text, id) => {
    expect(resolve(text).resolved?.id).toBe(id)
  })

  it.each([
    [
      'fse-dp:naive=true,paired=true,slots=4,rule5=true,decision=1,reserve=2,slices=4,layout=sequential',
      /^fse-dp: with naive=true, paired, slices, slots, reserve, rule5, layout, decision would change nothing;/,
    ],
    ['fse-dp-naive:load-aware=true', /^fse-dp: with naive=true, load-aware would change nothing;/],
    ['fse-dp-paired:load-aware=true', /^fse-dp: load-aware=true and paired=true both say in which order/],
    ['fse-dp-naive:entry=trajectory', /^fse-dp: with naive=true, entry would change nothing;/],
    ['fse-dp:entry=trajectory,rule5=true', /^fse-dp: entry=trajectory and rule5=true both say which channel/],
    [
      'fse-dp:entry=trajectory,layout=sequential',
      /^fse-dp: entry=trajectory and layout=sequential both say which channel/,
    ],
    ['fse-dp-naive:rule5=true', /^fse-dp: with naive=true, rule5 would change nothing;/],
    ['fse-dp-paired:naive=true', /^fse-dp: with naive=true, paired would change nothing;/],
    ['fse-dp:rotate=tokens', /^fse-dp: rotate=tokens would change nothing without naive=true;/],
    ['fse-dp:slots=3,reserve=3', /^fse-dp: slots=3 with reserve=3 leaves no slot to load into;/],
    ['fse-dp:slots=1', /^fse-dp:slots must be a whole number from 2 to 65536, got "1"$/],
    ['fse-dp:control=-1', /^fse-dp:control must be a number from 0 to 1000000, got "-1"$/],
    [
      'fse-dp:buffering-unit=pair,buffering-stagger=true',
      /^fse-dp: buffering-unit=pair, buffering-stagger=true would change nothing without buffering;/,
    ],
    [
      'fse-dp:buffering=10,buffering-unit=pair,buffering-resume=warm',
      /^fse-dp: with buffering-unit=pair, buffering-resume would change nothing;/,
    ],
    [
      'fse-dp:buffering=80,buffering-stagger=true',
      /^fse-dp: with buffering=80, buffering-stagger=true would change nothing;/,
    ],
    ['fse-dp-naive:rotate=both', /^fse-dp:rotate must be one of weights, tokens, got "both"$/],
  ])('%s is refused', (text, message) => {
    expect(complaints(text)).toEqual([expect.stringMatching(message)])
  })
})

describe('reserve', () => {
  // One die alone receives nothing: it fills all slots but the reserved ones.
  const single = madeUp.find(({ name }) => name === 'single-die')!
  const slow = { ...single, compute: { kind: 'ideal', flopPerPs: 1e-3 } } as const
  const work = workOf([[0], [1], [2]], 3, buildTopology(single.topology))
  const eight = tinyModel(3, 8)
  const piece = expertBytes(eight) / 8
  const peakOf = (reserve: number, sramBytes = Infinity) =>
    runLayer(`fse-dp:slices=8,slots=5,reserve=${reserve}`, { ...slow, sramBytes }, eight, work).machine.sram
      .counters.dieBytes.peak

  it.each([0, 1, 2, 4])('of %d keeps so many of five slots free of loads', (reserve) => {
    expect(peakOf(reserve)).toBe((5 - reserve) * piece + 3 * tokenBytes(eight))
  })

  it('counts where SRAM leaves fewer slots than asked for', () => {
    const sramBytes = 3 * piece + 3 * tokenBytes(eight)
    expect(peakOf(2, sramBytes)).toBe(piece + 3 * tokenBytes(eight))
    expect(() => peakOf(3, sramBytes)).toThrow(UserError)
    expect(() => peakOf(3, sramBytes)).toThrow(/for 4 slots, one to load and 3 in reserve/)
  })
})

describe('control', () => {
  it('costs every die its time for every visit, and is no work', () => {
    const free = run('fse-dp:slices=4')
    const paid = run('fse-dp:slices=4,control=1')
    expect(free.lastComputePs).toBe((8 + 4 * 3) * NS)
    expect(paid.lastComputePs).toBe((8 + 4 * (1 + 3)) * NS)
    expect(paid.machine.traffic.dieFlop).toEqual(free.machine.traffic.dieFlop)
  })

  it('may be a fraction of a nanosecond', () => {
    expect(run('fse-dp:slices=4,control=0.25').lastComputePs).toBe((8 + 4 * 3.25) * NS)
  })

  it('makes experts cut too finely slow, as too coarse ones are: U-shaped', () => {
    const work = workOf(
      Array.from({ length: 16 }, () => [0, 1, 2, 3]),
      4,
      mesh,
    )
    const latency = (slices: number) => run(`fse-dp:slices=${slices},slots=64,control=0.5`, work).latencyPs
    const times = [1, 2, 4, 8, 16, 32, 64, 128].map(latency)
    const best = times.indexOf(Math.min(...times))
    expect(best).toBeGreaterThan(0)
    expect(best).toBeLessThan(times.length - 1)
    expect(times).toEqual([
      ...times.slice(0, best).sort((a, b) => b - a),
      ...times.slice(best).sort((a, b) => a - b),
    ])
  })
})

describe('decision', () => {
  it('delays the first load', () => {
    expect(run('fse-dp:slices=4,decision=5').lastComputePs).toBe((5 + 8 + 4 * 3) * NS)
  })

  it('is overlapped with the experts decided on before', () => {
    const work = workOf(
      Array.from({ length: 4 }, () => [0, 1, 2, 3]),
      4,
      mesh,
    )
    const latency = (options: string) => run(`fse-dp:slices=4${options}`, work).lastComputePs
    expect(latency(',decision=5') - latency('')).toBe(5 * NS)
  })

  it('is taken one expert after the other', () => {
    // Two micro-slices an expert: the second expert's are read by the other two channels, after two decisions.
    const { spans } = run('fse-dp:slices=2,decision=5', workOf([[0], [0], [1], [1]], 4, mesh))
    const firstLoad = (expert: number) =>
      Math.min(...spans.filter((s) => s.kind === 'load' && s.expert === expert).map(({ startPs }) => startPs))
    expect([0, 1].map(firstLoad)).toEqual([5 * NS, 10 * NS])
  })

  it('that is slow does not make the layer end later than its last compute', () => {
    const work = workOf(
      Array.from({ length: 4 }, () => [0, 1]),
      4,
      mesh,
    )
    const { latencyPs, lastComputePs } = run('fse-dp:slices=4,decision=1000', work)
    expect(latencyPs).toBe(lastComputePs)
    expect(latencyPs).toBe((2 * 1000 + 8 + 4 * 3) * NS)
  })
})

describe('what says which channel reads', () => {
  const channelsOf = (scheduler: string, work = oneEach) =>
    run(scheduler, work)
      .spans.filter(({ kind }) => kind === 'load')
      .sort((a, b) => a.slice - b.slice)
      .map(({ die, peer }) => [die, peer])
  // One expert with tokens on dies 0 and 3.
  const twoDies = workOf([[0], [], [], [0]], 4, mesh)

  it('layout: sequential has each expert behind one channel, even over all', () => {
    expect(channelsOf('fse-dp:slices=4,layout=sequential')).toEqual(Array(4).fill([0, 0]))
    expect(new Set(channelsOf('fse-dp:slices=4').map(([channel]) => channel)).size).toBe(4)
    const last = workOf([[3], [3], [3], [3]], 4, mesh)
    expect(channelsOf('fse-dp:slices=4,layout=sequential', last)).toEqual(Array(4).fill([3, 3]))
  })

  it('entry: trajectory has the channels of its dies read, all has all', () => {
    expect(channelsOf('fse-dp:slices=4,entry=trajectory', twoDies)).toEqual([
      [0, 0],
      [3, 3],
      [0, 0],
      [3, 3],
    ])
    // Channels 1 and 2 lie between both dies: each of these is given one.
    expect(channelsOf('fse-dp:slices=4', twoDies)).toEqual([
      [0, 0],
      [1, 0],
      [3, 3],
      [2, 3],
    ])
  })

  it.each([
    [
      'own-corners-3x3',
      'entry=trajectory',
      'entry=trajectory changes nothing on own-corners-3x3, where each weight',
    ],
    [
      'single-die',
      'entry=trajectory',
      'entry=trajectory changes nothing on single-die, where there is one memory',
    ],
    [
      'single-die',
      'layout=sequential',
      'layout=sequential changes nothing on single-die, where there is one memory',
    ],
    [
      'shared-2x2',
      'layout=sequential,rule5=true',
      'layout=sequential with rule5=true changes nothing on shared-2x2, where any channel can read any weight',
    ],
  ])('on %s %s is refused', (name, options, message) => {
    const hardware = madeUp.find((spec) => spec.name === name)!
    const work = workOf([[0]], 4, buildTopology(hardware.topology))
    expect(() => runLayer(`fse-dp:${options}`, hardware, model, work)).toThrow(message)
  })

  it('where each weight has one home, layout is where that is, with rule 5 too', () => {
    const own = { ...frameHardware(frames), memory: { ...frameHardware(frames).memory, shared: false } }
    const read = (options: string) =>
      runLayer(`fse-dp:slices=4${options}`, own, model, oneEach).machine.traffic.channelBytes
    const piece = expertBytes(model) / 4
    for (const rule of ['', ',rule5=true']) {
      expect([...read(rule)]).toEqual([piece, piece, piece, piece])
      expect([...read(`${rule},layout=sequential`)]).toEqual([4 * piece, 0, 0, 0])
    }
  })
})

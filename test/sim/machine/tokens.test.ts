// Bringing an expert's tokens together on a die: what is asked for, when all are there, and when nothing has to come.
import { describe, expect, it } from 'vitest'
import { Bug } from '../../../src/errors.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { NS, workOf } from '../../helpers/frames.ts'
import { runScript, scriptHardware } from '../scripted.ts'

/** A hop takes so long that tokens of the die across the package come last, by themselves. */
const hardware = { ...scriptHardware, link: { ...scriptHardware.link, latencyPs: NS } }
const grid = buildTopology(hardware.topology)
/** Eight tokens, two on each of four dies, all of expert 0: pairs 2 d and 2 d + 1 rest on die d. */
const work = workOf(
  Array.from({ length: 8 }, () => [0]),
  2,
  grid,
)
const all = { expert: 0, fromPair: 0, toPair: 8 }

/** Loads expert 0 on a die, collects its tokens there, and computes as soon as both are there. */
function collectOn(die: number, compat: 'physical' | 'paper' = 'physical') {
  const calls: number[] = []
  const run = runScript({ hardware, compat, work }, (machine) => {
    let missing = 1
    const ready = () => {
      if (--missing > 0) return
      machine.compute({ ...all, slice: 0, die }, () => {
        machine.releaseSlice(0, 0, die)
        machine.releaseTokens(0, die)
      })
    }
    machine.load({ expert: 0, slice: 0, channelDie: die, die, tokens: 8 }, ready)
    const isWaiting = machine.collect({ ...all, die }, () => {
      calls.push(machine.nowPs)
      ready()
    })
    if (isWaiting) missing++
  })
  return { ...run, calls }
}

/** What collect answers for pairs on a die; the tokens that come, if any, are let go again. */
function mustWait(pairs: { fromPair: number; toPair: number }, die: number, compat: 'physical' | 'paper') {
  let answer: boolean | undefined
  let arrivals = 0
  const act = (machine: Parameters<Parameters<typeof runScript>[1]>[0]) => {
    answer = machine.collect({ expert: 0, ...pairs, die }, () => {
      arrivals++
      machine.releaseTokens(0, die)
    })
  }
  // Nothing is computed, so the layer itself ends as a bug.
  expect(() => runScript({ compat, work }, act)).toThrow(Bug)
  return { answer, arrivals }
}

describe('collecting tokens on a die', () => {
  it.each([0, 1, 2, 3])(
    'brings those of all other dies to die %i, and says so once, when the last is there',
    (die) => {
      const { machine, spans, calls } = collectOn(die)
      const sent = spans.filter(({ kind }) => kind === 'send')
      expect(sent.map(({ die: from }) => from).sort()).toEqual([0, 1, 2, 3].filter((other) => other !== die))
      expect(sent.every(({ tokens }) => tokens === 2)).toBe(true)
      expect(calls).toEqual([Math.max(...sent.map(({ endPs }) => endPs))])
      expect(calls[0]).toBeGreaterThan(0)
      expect(machine.traffic.hops).toBe(4)
    },
  )

  it('has nothing to wait for where all rest there', () => {
    expect(mustWait({ fromPair: 2, toPair: 4 }, 1, 'physical')).toEqual({ answer: false, arrivals: 0 })
    expect(mustWait({ fromPair: 2, toPair: 5 }, 1, 'physical')).toEqual({ answer: true, arrivals: 1 })
  })
})

describe('where moving is free', () => {
  it('tokens appear at once, over no link', () => {
    const { spans, calls, latencyPs } = collectOn(3, 'paper')
    expect(calls).toEqual([0])
    expect(spans.filter(({ kind }) => kind === 'send')).toEqual([])
    expect(latencyPs).toBe((10 + 8 * 5) * NS)
  })

  it.each([
    ['the first rests there and the last does not', 0, 3, 0, true],
    ['the last rests there and the first does not', 1, 4, 1, true],
    ['none rests there', 0, 2, 3, true],
    ['all rest there', 4, 6, 2, false],
  ])('waits where %s: pairs from %i to %i on die %i, %s', (_where, fromPair, toPair, die, answer) => {
    expect(mustWait({ fromPair, toPair }, die, 'paper')).toEqual({ answer, arrivals: answer ? 1 : 0 })
  })
})

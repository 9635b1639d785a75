// What the machine refuses: work left undone or done twice, data used where it is not, buffers left full.
import { describe, expect, it } from 'vitest'
import { Bug, UserError } from '../../../src/errors.ts'
import { expertBytes, flopPerToken } from '../../../src/model/shape.ts'
import type { Machine } from '../../../src/schedulers/scheduler.ts'
import { HIDDEN, NS, tinyModel } from '../../helpers/frames.ts'
import { computeAllOnDie0, runScript, scriptHardware } from '../scripted.ts'

const nothing = () => undefined
const oneToken = { choices: [[0], [], [], []] }
const piece = expertBytes(tinyModel(2, 1))

/** Loads expert 0 on die 0 for its one token, computes, and releases it. */
function computeOne(machine: Machine, after: () => void = nothing): void {
  machine.load({ expert: 0, slice: 0, channelDie: 0, die: 0, tokens: 1 }, () => {
    machine.compute({ expert: 0, slice: 0, fromPair: 0, toPair: 1, die: 0 }, () => {
      machine.releaseSlice(0, 0, 0)
      after()
    })
  })
}

describe('a complete layer', () => {
  it('takes load plus compute, and counts bytes and FLOPs', () => {
    const { machine, latencyPs } = runScript(oneToken, computeOne)
    expect(latencyPs).toBe((10 + 5) * NS)
    expect(machine.traffic.weightReadBytes).toBe(piece)
    expect([...machine.traffic.dieFlop]).toEqual([flopPerToken(tinyModel(2, 1)), 0, 0, 0])
    expect(machine.sram.counters.dieBytes.peak).toBe(piece + HIDDEN)
  })

  it('with gathered tokens counts their bytes and hops, and holds their copies', () => {
    const { machine } = runScript({}, computeAllOnDie0)
    expect(machine.traffic.linkBytes).toBe(3 * HIDDEN)
    // One hop from die 1 and die 2, two from die 3.
    expect(machine.traffic.hops).toBe(4)
    expect(machine.traffic.linkByteHops).toBe(4 * HIDDEN)
    expect(machine.sram.counters.dieBytes.peak).toBe(piece + 4 * HIDDEN)
    const tokens = 7 * HIDDEN
    const atPeak = { peak: piece + tokens, weights: piece, receive: 0, tokens }
    expect(machine.sram.counters.packageBytes).toEqual(atPeak)
  })

  it('can be followed by the next iteration on the same machine', () => {
    const run = runScript(oneToken, computeOne)
    expect(run.again()).toBe(run.latencyPs)
    expect(run.machine.traffic.weightReadBytes).toBe(2 * piece)
  })

  it('runs the computes of a die one after the other and those of different dies side by side', () => {
    const { latencyPs, spans } = runScript({ choices: [[0, 1], [1], [], []] }, (machine) => {
      const run = (expert: number, pair: number, die: number) => {
        machine.load({ expert, slice: 0, channelDie: die, die, tokens: 1 }, () => {
          machine.compute({ expert, slice: 0, fromPair: pair, toPair: pair + 1, die }, () =>
            machine.releaseSlice(expert, 0, die),
          )
        })
      }
      run(0, 0, 0)
      run(1, 1, 0)
      run(1, 2, 1)
    })
    expect(latencyPs).toBe((10 + 10 + 5) * NS)
    const starts = spans.filter(({ kind }) => kind === 'compute').map(({ startPs }) => startPs / NS)
    expect(starts).toEqual([10, 10, 20])
  })

  it('forwards slices from die to die: the copy is usable when it has arrived', () => {
    const { latencyPs, machine } = runScript({ choices: [[], [0], [], []] }, (m) => {
      m.load({ expert: 0, slice: 0, channelDie: 0, die: 0, tokens: 1 }, () => {
        const sent = () => m.releaseSlice(0, 0, 0)
        m.forward({ expert: 0, slice: 0, from: 0, to: 1, tokens: 1 }, sent, () =>
          m.compute({ expert: 0, slice: 0, fromPair: 0, toPair: 1, die: 1 }, () => m.releaseSlice(0, 0, 1)),
        )
      })
    })
    expect(latencyPs).toBe((10 + 4 + 5) * NS)
    expect(machine.traffic.linkBytes).toBe(piece)
    expect(machine.sram.counters.packageBytes.receive).toBe(piece)
  })

  it('decides after everything that ends at the same time', () => {
    const seen: string[] = []
    runScript(oneToken, (machine) => {
      machine.soon(() => seen.push(`first ${machine.nowPs}`))
      computeOne(machine, () => {
        machine.soon(() => seen.push(`decide ${machine.nowPs}`))
        seen.push('computed')
      })
    })
    expect(seen).toEqual(['first 0', 'computed', `decide ${15 * NS}`])
  })

  it('multiplies pairs from several owners in one job', () => {
    // Pairs 0, 1 and 2 rest on dies 0, 1 and 2; die 0 computes the first and the last.
    const { latencyPs, spans } = runScript({ choices: [[0], [0], [0], []] }, (m) => {
      const load = (die: number, then: () => void) =>
        m.load({ expert: 0, slice: 0, channelDie: die, die, tokens: 1 }, then)
      m.gather({ expert: 0, fromPair: 2, toPair: 3, restingDie: 2, die: 0 }, () =>
        load(0, () => {
          const morePairs = [{ fromPair: 2, toPair: 3 }]
          m.compute({ expert: 0, slice: 0, fromPair: 0, toPair: 1, morePairs, die: 0 }, () => {
            m.releaseSlice(0, 0, 0)
            m.releaseTokens(0, 0)
          })
        }),
      )
      load(1, () =>
        m.compute({ expert: 0, slice: 0, fromPair: 1, toPair: 2, die: 1 }, () => m.releaseSlice(0, 0, 1)),
      )
    })
    const tokens = spans.filter(({ kind }) => kind === 'compute').map(({ die, tokens }) => [die, tokens])
    expect(tokens).toEqual([
      [1, 1],
      [0, 2],
    ])
    const hopPs = (4 * NS * HIDDEN) / piece
    expect(latencyPs).toBe(Math.ceil(hopPs) + (10 + 2 * 5) * NS)
  })

  it('copies of tokens can be passed on and freed pair by pair', () => {
    const { machine, spans } = runScript({ choices: [[0], [0], [], []] }, (m) => {
      const pairs = { fromPair: 0, toPair: 2 }
      const first = { fromPair: 0, toPair: 1 }
      const computeOn2 = () =>
        m.load({ expert: 0, slice: 0, channelDie: 2, die: 2, tokens: 2 }, () =>
          m.compute({ expert: 0, slice: 0, ...pairs, die: 2 }, () => {
            m.releaseSlice(0, 0, 2)
            m.releaseTokens(0, 2)
          }),
        )
      // Pair 0 goes by way of die 1, where pair 1 rests and takes no room of its own.
      m.gather({ expert: 0, ...first, restingDie: 0, die: 1 }, () =>
        m.gather({ expert: 0, ...pairs, restingDie: 1, die: 2 }, () => {
          m.releaseTokens(0, 1, pairs)
          computeOn2()
        }),
      )
    })
    const sends = spans
      .filter(({ kind }) => kind === 'send')
      .map(({ die, peer, bytes }) => [die, peer, bytes])
    expect(sends).toEqual([
      [0, 1, HIDDEN],
      [1, 2, 2 * HIDDEN],
    ])
    // Four tokens rest; of the copies only the two on die 2 are left when the weights come.
    expect(machine.sram.counters.packageBytes.peak).toBe(piece + (4 + 2) * HIDDEN)
  })

  it('control keeps a compute unit busy without being work', () => {
    const run = (controlPs: number) =>
      runScript({ choices: [[0, 1], [], [], []] }, (m) => {
        for (const expert of [0, 1]) {
          m.load({ expert, slice: 0, channelDie: expert, die: 0, tokens: 1 }, () => {
            const job = { expert, slice: 0, fromPair: expert, toPair: expert + 1, die: 0, controlPs }
            m.compute(job, () => m.releaseSlice(expert, 0, 0))
          })
        }
      })
    const free = run(0)
    const { latencyPs, spans, machine } = run(2 * NS)
    expect(latencyPs - free.latencyPs).toBe(2 * 2 * NS)
    expect(machine.traffic.dieFlop).toEqual(free.machine.traffic.dieFlop)
    const computes = spans.filter(({ kind }) => kind === 'compute')
    expect(computes.map(({ startPs, endPs }) => endPs - startPs)).toEqual([5 * NS, 5 * NS])
    expect(computes[1]!.startPs - computes[0]!.endPs).toBe(2 * NS)
  })

  it('decides later when asked to', () => {
    const seen: number[] = []
    runScript(oneToken, (machine) => {
      machine.later(7 * NS, () => seen.push(machine.nowPs))
      computeOne(machine)
    })
    expect(seen).toEqual([7 * NS])
  })

  it('turns a ring of full buffers in place, without a free one', () => {
    const sramBytes = piece + HIDDEN
    const choices = [[1], [0], [], []]
    const { latencyPs } = runScript({ choices, hardware: { ...scriptHardware, sramBytes } }, (machine) => {
      let missing = 2
      const compute = (expert: number, die: number) =>
        machine.compute({ expert, slice: 0, fromPair: expert, toPair: expert + 1, die }, () =>
          machine.releaseSlice(expert, 0, die),
        )
      const turn = () => {
        if (--missing > 0) return
        const move = (expert: number, from: number, to: number) => ({
          expert,
          slice: 0,
          from,
          to,
          tokens: 1,
        })
        machine.rotate([move(0, 0, 1), move(1, 1, 0)], nothing, ({ expert, to }) => compute(expert, to))
      }
      machine.load({ expert: 0, slice: 0, channelDie: 0, die: 0, tokens: 1 }, turn)
      machine.load({ expert: 1, slice: 0, channelDie: 1, die: 1, tokens: 1 }, turn)
    })
    expect(latencyPs).toBe((10 + 4 + 5) * NS)
  })
})

describe('a bug of a scheduler', () => {
  it('an expert that nobody computes is named with its layer, token and slice', () => {
    const run = () => runScript({ choices: [[0], [1], [], []] }, computeOne)
    expect(run).toThrow(Bug)
    expect(run).toThrow(/1 units of work undone: layer 0: token 1 of expert 1, slice 0 was never computed/)
    expect(run).toThrow(/the script waits for its cue/)
  })

  it('computing twice', () => {
    const twice = (machine: Machine) =>
      machine.load({ expert: 0, slice: 0, channelDie: 0, die: 0, tokens: 1 }, () => {
        machine.compute({ expert: 0, slice: 0, fromPair: 0, toPair: 1, die: 0 }, nothing)
        machine.compute({ expert: 0, slice: 0, fromPair: 0, toPair: 1, die: 0 }, () =>
          machine.releaseSlice(0, 0, 0),
        )
      })
    expect(() => runScript(oneToken, twice)).toThrow(
      new Bug('layer 0: token 0 of expert 0, slice 0 was computed twice'),
    )
  })

  it.each<[string, RegExp, (machine: Machine) => void]>([
    [
      'leaving a slice in a buffer',
      /1 weight slices were left in buffers/,
      (m) =>
        m.load({ expert: 0, slice: 0, channelDie: 0, die: 0, tokens: 1 }, () =>
          m.compute({ expert: 0, slice: 0, fromPair: 0, toPair: 1, die: 0 }, nothing),
        ),
    ],
    [
      'leaving token copies in a buffer',
      /die 1 still holds buffers at the end/,
      (m) =>
        computeOne(m, () => m.gather({ expert: 0, fromPair: 0, toPair: 1, restingDie: 0, die: 1 }, nothing)),
    ],
    [
      'computing with a slice that is not there',
      /slice 0 of expert 0 is used on die 0, where it is not/,
      (m) => m.compute({ expert: 0, slice: 0, fromPair: 0, toPair: 1, die: 0 }, nothing),
    ],
    [
      'computing with a slice before it has arrived',
      /is used on die 0, where it is not/,
      (m) => {
        m.load({ expert: 0, slice: 0, channelDie: 0, die: 0, tokens: 1 }, nothing)
        m.compute({ expert: 0, slice: 0, fromPair: 0, toPair: 1, die: 0 }, nothing)
      },
    ],
    [
      'computing with a token that rests elsewhere',
      /the token of pair 0 is used on die 1, where it is not/,
      (m) =>
        m.load({ expert: 0, slice: 0, channelDie: 1, die: 1, tokens: 1 }, () =>
          m.compute({ expert: 0, slice: 0, fromPair: 0, toPair: 1, die: 1 }, nothing),
        ),
    ],
    [
      'forwarding a slice that is not there',
      /is used on die 2, where it is not/,
      (m) => m.forward({ expert: 0, slice: 0, from: 2, to: 3, tokens: 1 }, nothing, nothing),
    ],
    [
      'loading a slice where it already is',
      /was sent to die 0, where it already is/,
      (m) => {
        m.load({ expert: 0, slice: 0, channelDie: 0, die: 0, tokens: 1 }, nothing)
        m.load({ expert: 0, slice: 0, channelDie: 0, die: 0, tokens: 1 }, nothing)
      },
    ],
    [
      'releasing a slice while it is computed with',
      /is used on die 0, where it is not/,
      (m) =>
        m.load({ expert: 0, slice: 0, channelDie: 0, die: 0, tokens: 1 }, () => {
          m.compute({ expert: 0, slice: 0, fromPair: 0, toPair: 1, die: 0 }, nothing)
          m.releaseSlice(0, 0, 0)
        }),
    ],
    [
      'loading for nobody',
      /expert 1 was loaded for no tokens/,
      (m) => m.load({ expert: 1, slice: 0, channelDie: 0, die: 0, tokens: 1 }, nothing),
    ],
    [
      'copying tokens from where they are not',
      /the token of pair 0 is used on die 2, where it is not/,
      (m) => m.gather({ expert: 0, fromPair: 0, toPair: 1, restingDie: 2, die: 1 }, nothing),
    ],
  ])('%s', (_what, message, act) => {
    const run = () => runScript({ choices: [[0], [], [], []] }, act)
    expect(run).toThrow(Bug)
    expect(run).toThrow(message)
  })

  it('releasing more token copies than there are', () => {
    const run = () =>
      runScript({ choices: [[0], [], [0], []] }, (m) =>
        m.gather({ expert: 0, fromPair: 0, toPair: 1, restingDie: 0, die: 1 }, () =>
          m.releaseTokens(0, 1, { fromPair: 0, toPair: 2 }),
        ),
      )
    expect(run).toThrow(new Bug('the token of pair 1 is released on die 1, where no copy is'))
  })

  it('reading a weight through a channel behind which it does not lie', () => {
    const ownMemory = { ...scriptHardware, memory: { ...scriptHardware.memory, shared: false } }
    const run = (channel: number) => () =>
      runScript({ ...oneToken, hardware: ownMemory, home: () => 3 }, (m) =>
        m.load({ expert: 0, slice: 0, channelDie: channel, die: 0, tokens: 1 }, nothing),
      )
    expect(run(2)).toThrow(/slice 0 of expert 0 does not lie in the memory of die 2/)
    expect(run(3)).toThrow(/never computed/)
  })

  it('reading through a die without a channel', () => {
    const hardware = { ...scriptHardware, memory: { ...scriptHardware.memory, channelDies: [0, 1] } }
    const run = () =>
      runScript({ ...oneToken, hardware }, (m) =>
        m.load({ expert: 0, slice: 0, channelDie: 2, die: 0, tokens: 1 }, nothing),
      )
    expect(run).toThrow(new Bug('die 2 has no memory channel'))
  })
})

describe('too little SRAM', () => {
  it('a stall for want of room is a user error that says who waits for how much', () => {
    const hardware = { ...scriptHardware, sramBytes: piece + HIDDEN }
    const run = () =>
      runScript({ hardware, choices: [[0, 1], [], [], []] }, (m) => {
        // Holds expert 0 while it waits for expert 1.
        m.load({ expert: 0, slice: 0, channelDie: 0, die: 0, tokens: 1 }, () =>
          m.load({ expert: 1, slice: 0, channelDie: 0, die: 0, tokens: 1 }, nothing),
        )
      })
    expect(run).toThrow(UserError)
    expect(run).toThrow(
      `die 0 waits for ${piece} B for weights: ${piece + HIDDEN} of ${piece + HIDDEN} B in use`,
    )
  })

  it('tokens that can never fit are a user error', () => {
    const hardware = { ...scriptHardware, sramBytes: HIDDEN - 1 }
    expect(() => runScript({ hardware }, nothing)).toThrow(
      /one buffer for tokens on a die needs 64 B; available: 63 B/,
    )
  })

  it('a load waits until a slice is released, and then goes on', () => {
    const hardware = { ...scriptHardware, sramBytes: piece + HIDDEN }
    const { latencyPs } = runScript({ hardware, choices: [[0, 1], [], [], []] }, (m) => {
      for (const expert of [0, 1]) {
        m.load({ expert, slice: 0, channelDie: 0, die: 0, tokens: 1 }, () => {
          m.compute({ expert, slice: 0, fromPair: expert, toPair: expert + 1, die: 0 }, () =>
            m.releaseSlice(expert, 0, 0),
          )
        })
      }
    })
    expect(latencyPs).toBe(2 * (10 + 5) * NS)
  })
})

// Through which channels a read goes that any of them could serve, and how much goes through each.
import { describe, expect, it } from 'vitest'
import { EventLoop } from '../../../src/engine/loop.ts'
import { type Compat, packageOf } from '../../../src/hardware/package.ts'
import type { HardwareSpec, MemorySpec } from '../../../src/hardware/spec.ts'
import { Channels } from '../../../src/sim/machine/channels.ts'
import { Traffic } from '../../../src/sim/machine/traffic.ts'
import { tinyModel } from '../../helpers/frames.ts'
import { computeAllOnDie0, runScript, scriptHardware } from '../scripted.ts'

// 3x3 dies with a channel in each corner; a link carries ten bytes while a channel reads one.
const corners: HardwareSpec = {
  ...scriptHardware,
  topology: { kind: 'mesh', columns: 3, rows: 3, numbering: 'row-major' },
  link: { ...scriptHardware.link, bytesPerPs: 10, latencyPs: 4 },
  memory: { ...scriptHardware.memory, bytesPerPs: 1, channelDies: [0, 2, 6, 8] },
}

function channelsOf(hardware: HardwareSpec = corners) {
  const traffic = new Traffic(9)
  const pkg = packageOf({ hardware, model: tinyModel(2, 1), compat: 'physical' })
  const channels = new Channels(pkg, new EventLoop(), traffic)
  /** Channels and bytes of a read for a die, which are then asked for. */
  const read = (bytes: number, die: number) => {
    const parts = channels.deal(bytes, die)
    for (const part of parts) {
      channels.ask(part)
      channels.access(part.source, part.bytes, { onDone: () => undefined })
    }
    return Object.fromEntries(parts.map(({ source, bytes }) => [source, bytes]))
  }
  return { channels, traffic, read }
}

describe('a read that any channel could serve', () => {
  it('goes through all of them alike where all are idle', () => {
    const { read, traffic } = channelsOf()
    expect(read(4000, 4)).toEqual({ 0: 1000, 2: 1000, 6: 1000, 8: 1000 })
    expect([...traffic.channelBytes]).toEqual([1000, 0, 1000, 0, 0, 0, 1000, 0, 1000])
  })

  it('is cut to the byte', () => {
    const parts = channelsOf().read(4003, 4)
    expect(Object.values(parts).reduce((a, b) => a + b, 0)).toBe(4003)
    expect(Math.max(...Object.values(parts)) - Math.min(...Object.values(parts))).toBe(1)
  })

  it('leaves out channels that are busy for longer than it takes elsewhere', () => {
    const { channels, read } = channelsOf()
    channels.access(0, 10_000, { onDone: () => undefined })
    // Three channels for four pieces: the nearest of them reads two.
    expect(read(4000, 1)).toEqual({ 2: 2000, 6: 1000, 8: 1000 })
  })

  it('goes to the nearest of equals, then to the first in die order', () => {
    // Bytes too few to be cut: a piece for one channel each.
    expect(channelsOf().read(1, 5)).toEqual({ 2: 1 })
    expect(channelsOf().read(1, 4)).toEqual({ 0: 1 })
    expect(channelsOf().read(1, 7)).toEqual({ 6: 1 })
  })

  it('counts what is on its way to a channel as work of that channel', () => {
    const { channels } = channelsOf()
    const sources = () => channels.deal(1, 4).map(({ source }) => source)
    expect([sources(), sources(), sources(), sources(), sources()].flat()).toEqual([0, 2, 6, 8, 0])
  })

  it('stays at the die where a link is slower than a channel, unless its own is busy for long', () => {
    const slow = { ...corners, link: { ...corners.link, bytesPerPs: 0.5 } }
    const { read } = channelsOf(slow)
    // 1000 ps here; from afar 1000 + 2000 and the latency of two hops.
    expect(read(1000, 0)).toEqual({ 0: 1000 })
    expect(read(1000, 0)).toEqual({ 0: 1000 })
    expect(read(1000, 0)).toEqual({ 0: 1000 })
    expect(read(1000, 0)).toEqual({ 2: 1000 })
  })

  it('stays whole where caches keep whole slices', () => {
    const llc = { capacityBytes: 1e6, ways: 2, hitPs: 1, missPs: 1, writePs: 1 }
    expect(channelsOf({ ...corners, llc }).read(4000, 4)).toEqual({ 0: 4000 })
  })
})

describe('an access', () => {
  /** What is told of accesses to die 0, each with when, in order. */
  function told(compat: Compat, latencyPs: number, access: MemorySpec['access']) {
    const hardware: HardwareSpec = { ...corners, memory: { ...corners.memory, latencyPs, access } }
    const loop = new EventLoop()
    const pkg = packageOf({ hardware, model: tinyModel(2, 1), compat })
    const channels = new Channels(pkg, loop, new Traffic(9))
    const events: string[] = []
    const tell = (what: string) => () => {
      events.push(`${what} ${loop.nowPs}`)
    }
    return { channels, loop, events, tell }
  }

  it.each([
    ['physical', 0, 'pipelined', ['done 10', 'left 10']],
    ['physical', 5, 'serial', ['done 15', 'left 15']],
    ['physical', 5, 'pipelined', ['left 10', 'done 15']],
    ['paper', 0, 'pipelined', ['left 10', 'done 10']],
    ['paper', 5, 'pipelined', ['left 10', 'done 15']],
  ] as const)(
    'tells once that it has left and that it is done: %s, latency %i, %s',
    (compat, latencyPs, access, expected) => {
      const { channels, loop, events, tell } = told(compat, latencyPs, access)
      channels.access(0, 10, { onLeft: tell('left'), onDone: tell('done') })
      loop.run()
      expect(events).toEqual(expected)
    },
  )

  it('that is urgent and follows when another has left goes before those that wait', () => {
    const { channels, loop, events, tell } = told('paper', 0, 'pipelined')
    const follow = () => channels.access(0, 10, { isUrgent: true, onDone: tell('urgent') })
    channels.access(0, 10, { onLeft: follow, onDone: tell('first') })
    channels.access(0, 10, { onDone: tell('second') })
    loop.run()
    expect(events).toEqual(['first 10', 'urgent 20', 'second 30'])
  })
})

describe('where nobody names a channel', () => {
  const nobody = (machine: Parameters<typeof computeAllOnDie0>[0]) => {
    const { load } = machine
    const bound = load.bind(machine)
    machine.load = ({ channelDie: _, ...job }, ...callbacks) => bound(job, ...callbacks)
    computeAllOnDie0(machine)
  }

  it('the parts cross links, are charged there, and are one load; the last of them ends it', () => {
    const { machine, spans } = runScript({}, nobody)
    const { traffic } = machine
    const loads = spans.filter(({ kind }) => kind === 'load')
    expect(loads.map(({ die, peer }) => [die, peer])).toEqual([0, 1, 2, 3].map((die) => [die, 0]))
    expect(traffic.sliceLoads).toBe(1)
    expect([...traffic.channelBytes]).toEqual(Array(4).fill(traffic.weightReadBytes / 4))
    expect(traffic.weightReadRemoteBytes).toBe((3 / 4) * traffic.weightReadBytes)
    // From dies 1 and 2 one hop, from die 3 two; the same for a token each.
    expect(traffic.linkByteHops).toBe(4 * (traffic.weightReadBytes / 4) + 4 * 64)
    const lastPart = Math.max(
      ...spans.filter(({ kind, slice }) => kind === 'send' && slice >= 0).map((s) => s.endPs),
    )
    expect(spans.find(({ kind }) => kind === 'compute')!.startPs).toBe(lastPart)
  })

  it('and each weight has one home, it is a bug', () => {
    const own = { ...scriptHardware, memory: { ...scriptHardware.memory, shared: false } }
    expect(() => runScript({ hardware: own }, nobody)).toThrow(
      'nobody says which memory slice 0 of expert 0 lies in',
    )
  })
})

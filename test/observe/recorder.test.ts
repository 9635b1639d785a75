// What a recorder makes of spans: reads from when they were asked for, messages for who gets them, bytes on every link of a way.
import { expect, test } from 'vitest'
import type { LinkSpec } from '../../src/hardware/spec.ts'
import { buildTopology } from '../../src/hardware/topology.ts'
import { RunRecorder } from '../../src/observe/recorder.ts'
import type { Span } from '../../src/sim/probe.ts'

const ROW = buildTopology({ kind: 'mesh', columns: 3, rows: 1, numbering: 'row-major' })
const LINK: LinkSpec = {
  ...{ bytesPerPs: 1, latencyPs: 0, efficiency: 1, duplex: 'full', sharing: 'fair', requestBytes: 0 },
}

const span = (kind: Span['kind'], startPs: number, endPs: number, more: Partial<Span> = {}): Span => ({
  ...{ kind, die: 0, peer: 0, startPs, endPs, expert: 1, slice: 0, tokens: 2, bytes: 10 },
  ...more,
})

function recorded(spans: readonly Span[], link = LINK, lanes = ROW.linkCount): RunRecorder {
  const recorder = new RunRecorder(link, ROW, lanes)
  for (const one of spans) recorder.span(one)
  return recorder
}

test('a read lasts from when room was found for it, and waited for others, until its last byte', () => {
  // Die 2 asks at 5, the memory of die 0 begins at 20 and ends at 30, and the slice leaves die 2 at 90.
  const { dies } = recorded([
    span('load', 20, 30, { peer: 2 }),
    span('send', 30, 40, { peer: 2 }),
    span('reserve', 5, 90, { die: 2, peer: 2 }),
  ])
  expect(dies[2]!.memory).toEqual([5, 30])
  expect(dies[2]!.messages).toEqual([30, 40])
  expect([dies[2]!.readBytes, dies[2]!.receivedBytes]).toEqual([10, 10])
  expect([dies[0]!.memory, dies[0]!.messages, dies[0]!.readBytes]).toEqual([[], [], 0])
  expect([dies[0]!.channelBytes, dies[2]!.channelBytes]).toEqual([10, 0])
})

test('a slice that comes from another die is no read, and one that comes twice is read twice', () => {
  const { dies } = recorded([
    span('load', 0, 10),
    span('reserve', 0, 15),
    span('reserve', 20, 30),
    span('load', 42, 50),
    span('reserve', 40, 60),
  ])
  expect(dies[0]!.memory).toEqual([0, 10, 40, 50])
})

test('a replica keeps the memory of its die busy, and lasts as long as the run where it ends last', () => {
  const { dies, endPs } = recorded([span('compute', 10, 20), span('write', 12, 30)])
  expect([dies[0]!.memory, dies[0]!.readBytes, endPs]).toEqual([[12, 30], 0, 30])
})

test('jobs count tokens for each slice, and the last end is the end', () => {
  const { dies, slices, endPs } = recorded([
    span('compute', 0, 10, { slice: 3 }),
    span('compute', 10, 25, { tokens: 5 }),
  ])
  expect(dies[0]).toMatchObject({ compute: [0, 10, 10, 25], jobTokens: 7 })
  expect([slices, endPs]).toEqual([4, 25])
})

test('a message is carried by every link of its way, in its direction or by the edge', () => {
  const there = span('send', 0, 9, { peer: 2, slice: -1 })
  const carried = (recorder: RunRecorder) => [...recorder.laneBytes]
  const way = [...ROW.route(0, 2).links]
  expect(way).toHaveLength(2)
  expect(carried(recorded([there]))).toEqual(ROW.links.map((_, link) => (way.includes(link) ? 10 : 0)))
  const back = span('send', 0, 9, { die: 2, peer: 0 })
  expect(carried(recorded([there, back], { ...LINK, duplex: 'half' }, ROW.edgeCount))).toEqual([20, 20])
})

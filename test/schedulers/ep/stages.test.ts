// Sends in stages: each die sends to one other at a time, and in a stage no two send to the same.
import { expect, it } from 'vitest'
import { type Send, sendInStages } from '../../../src/schedulers/ep/stages.ts'

const DIES = 4
const RANK = [2, 0, 3, 1]

it('in every stage all dies send, each to another one', () => {
  const started: { from: number; to: number; arrive: () => void }[] = []
  const sends = Array.from({ length: DIES * DIES }, (_, at): Send => {
    const [from, to] = [Math.floor(at / DIES), at % DIES]
    return { from, to, start: (arrive) => void started.push({ from, to, arrive }) }
  }).filter(({ from, to }) => from !== to)
  sendInStages(sends, RANK)
  for (let stage = 1; stage < DIES; stage++) {
    const now = started.splice(0)
    expect(now.map(({ from }) => from).sort()).toEqual([0, 1, 2, 3])
    expect(now.map(({ to }) => to).sort()).toEqual([0, 1, 2, 3])
    for (const { from, to } of now) expect((RANK[to]! - RANK[from]! + DIES) % DIES).toBe(stage)
    for (const { arrive } of now) arrive()
  }
  expect(started).toEqual([])
})

it('a die goes on as its own send arrives, whatever others do', () => {
  const log: string[] = []
  const arrive = new Map<string, () => void>()
  const send = (from: number, to: number): Send => ({
    from,
    to,
    start: (onArrived) => {
      log.push(`${from}>${to}`)
      arrive.set(`${from}>${to}`, onArrived)
    },
  })
  sendInStages([send(0, 2), send(0, 1), send(1, 2)], [0, 1, 2])
  expect(log).toEqual(['0>1', '1>2'])
  arrive.get('0>1')!()
  expect(log).toEqual(['0>1', '1>2', '0>2'])
})

// Rebalancing during a run: when experts are placed anew, in which steps, and what moving them costs.
import { describe, expect, it } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import { Rebalancer } from '../../../src/schedulers/ep/rebalance.ts'
import { splitSchedulerText } from '../../../src/schedulers/options.ts'
import { resolveScheduler, schedulers } from '../../../src/schedulers/table.ts'
import { LayerMachine } from '../../../src/sim/machine/machine.ts'
import { frameHardware, NS, tinyModel, workOf } from '../../helpers/frames.ts'
import { knowledgeOf } from '../../helpers/knowledge.ts'

/** 2x2 dies, each with an expert of its own: reading or writing one takes 3 ns, sending it over a link 5 ns. */
function pkgOf(isShared = false) {
  const { memory, ...others } = frameHardware({ load: 3, hop: 5, compute: 1, pieces: 1 })
  const hardware = { ...others, memory: { ...memory, shared: isShared } }
  return packageOf({ hardware, model: tinyModel(4, 1), compat: 'physical' })
}
/** In every iteration 60 of 62 tokens choose expert 0, the others 1 and 2: expert 3 is cold. */
const CHOICES = [...Array.from({ length: 60 }, () => [0]), [1], [2]]
const HOMES = [[0], [1], [2], [3]]
const ITERATIONS = 8

function works() {
  const work = workOf(CHOICES, 4, pkgOf().topology)
  return Array.from({ length: ITERATIONS }, (_, iteration) => ({ ...work, iteration }))
}

const NEVER = { rebalance: 0, window: 0, moves: 0, stagger: 1, overlap: false }

function rebalancer(options: Partial<typeof NEVER>, place = 0) {
  const context = { ...pkgOf(), knowledge: knowledgeOf(works(), false) }
  return new Rebalancer({ ...NEVER, ...options }, 1, context, HOMES, place)
}

const turns = (one: Rebalancer) =>
  Array.from({ length: ITERATIONS }, (_, iteration) => {
    const { slots, moves } = one.at(iteration)
    return { slots, moves: moves.length }
  })
const movesOf = (one: Rebalancer) => turns(one).map(({ moves }) => moves)

describe('a rebalancer', () => {
  it('moves nothing before its time, then copies of the hot expert to all dies that lack it, at once', () => {
    const [first, second, third, ...later] = turns(rebalancer({ rebalance: 2 }))
    expect([first, second]).toEqual([
      { slots: HOMES, moves: 0 },
      { slots: HOMES, moves: 0 },
    ])
    // 8 slots: expert 0 on every die, and each of the others beside it; none has far to go.
    expect(third!.slots.filter((held) => held.includes(0))).toHaveLength(4)
    expect(third!.slots.flat()).toHaveLength(8)
    expect(third!.moves).toBe(4)
    // Nothing has changed since.
    for (const turn of later) expect(turn).toEqual({ slots: third!.slots, moves: 0 })
  })

  it('moves few experts in each iteration, and no expert leaves before it has come elsewhere', () => {
    const one = rebalancer({ rebalance: 2, moves: 1 })
    const seen = turns(one)
    expect(seen.map(({ moves }) => moves)).toEqual([0, 0, 1, 1, 1, 1, 0, 0])
    for (const { slots } of seen) expect(new Set(slots.flat()).size).toBe(4)
  })

  it('uses what is moved beside the work from the next iteration on', () => {
    const seen = turns(rebalancer({ rebalance: 2, overlap: true }))
    expect(seen[2]).toEqual({ slots: HOMES, moves: 4 })
    expect(seen[3]!.slots.flat()).toHaveLength(8)
    expect(seen[3]!.moves).toBe(0)
  })

  it('leaves experts where they are as long as no token has chosen any', () => {
    const none = works().map(({ iteration }) => ({ ...workOf([], 4, pkgOf().topology), iteration }))
    const context = { ...pkgOf(), knowledge: knowledgeOf(none, false) }
    const one = new Rebalancer({ ...NEVER, rebalance: 2 }, 1, context, HOMES, 0)
    for (const turn of turns(one)) expect(turn).toEqual({ slots: HOMES, moves: 0 })
  })

  it('takes layers in turns', () => {
    const firstMoves = (place: number) =>
      movesOf(rebalancer({ rebalance: 2, stagger: 3 }, place)).findIndex(Boolean)
    expect([0, 1, 2, 3].map(firstMoves)).toEqual([2, 3, 4, 2])
  })

  it('answers the same however often it is asked', () => {
    const one = rebalancer({ rebalance: 1 })
    expect(one.at(1)).toBe(one.at(1))
  })

  it('goes by the last iterations of its window alone', () => {
    const hot = (expert: number) =>
      workOf(
        Array.from({ length: 8 }, () => [expert]),
        4,
        pkgOf().topology,
      )
    const changing = [0, 0, 0, 3].map((expert, iteration) => ({ ...hot(expert), iteration }))
    const copied = (window: number) => {
      const context = { ...pkgOf(), knowledge: knowledgeOf(changing, false) }
      const one = new Rebalancer({ ...NEVER, rebalance: 4, window }, 1, context, HOMES, 0)
      const { slots } = one.at(4)
      return [0, 3].map((expert) => slots.filter((held) => held.includes(expert)).length)
    }

    expect(copied(1)[1]).toBe(4)
    expect(copied(0)[0]).toBe(4)
  })

  it('moves nothing where memory is shared, and places experts anew all the same', () => {
    const context = { ...pkgOf(true), knowledge: knowledgeOf(works(), false) }
    const one = new Rebalancer({ ...NEVER, rebalance: 2 }, 1, context, HOMES, 0)
    expect(one.at(2).moves).toEqual([])
    expect(one.at(2).slots.flat()).toHaveLength(8)
  })
})

/** Latencies of all iterations, and what the machine counted. */
function run(scheduler: string, isShared = false) {
  const { resolved } = resolveScheduler(splitSchedulerText(scheduler)!, 'physical')
  const pkg = pkgOf(isShared)
  const context = { ...pkg, layer: 0, knowledge: knowledgeOf(works(), false) }
  const instance = schedulers.ep!.create(resolved!.options, context)
  const machine = new LayerMachine(pkg, instance)
  const latencies = works().map((work) => machine.runIteration(work))
  return { latencies, traffic: machine.traffic, holdings: machine.holdings.counters }
}

describe('ep that rebalances', () => {
  it('waits for the weights, which is its stall, and is faster from then on', () => {
    const plain = run('ep')
    const { latencies, traffic, holdings } = run('ep:rebalance=4')
    expect(latencies.slice(0, 4)).toEqual(plain.latencies.slice(0, 4))
    expect(holdings.movedBytes).toBe(4 * 3 * 64 * 32)
    // Four experts are read, sent and written; the hot one is read for three of them, one after the other.
    expect(traffic.moveStallPs).toBeGreaterThanOrEqual(11 * NS)
    expect(latencies[4]).toBe(latencies[5]! + traffic.moveStallPs)
    expect(latencies[5]).toBeLessThan(plain.latencies[5]!)
    expect(traffic.linkBytes).toBeGreaterThan(plain.traffic.linkBytes)
  })

  it('beside the work has no stall, and its weights share links and memories with it', () => {
    const plain = run('ep')
    const { latencies, traffic } = run('ep:rebalance=4,overlap=true')
    const { traffic: waiting, latencies: blocked } = run('ep:rebalance=4')
    expect(traffic.moveStallPs).toBe(0)
    expect(latencies[4]).toBeLessThan(plain.latencies[4]! + waiting.moveStallPs)
    expect(latencies[4]).toBeGreaterThan(blocked[5]!)
    expect(latencies[5]).toBe(blocked[5])
  })

  it('moves no weights where memory is shared', () => {
    const { traffic, holdings } = run('ep:rebalance=4', true)
    expect({ stall: traffic.moveStallPs, moved: holdings.movedBytes }).toEqual({ stall: 0, moved: 0 })
  })
})

describe('refused', () => {
  it.each([
    ['ep:moves=4', 'without rebalance moves=4 would change nothing'],
    ['ep:overlap=true', 'without rebalance overlap=true would change nothing'],
    ['ep:rebalance=10,placement=balanced', 'and so does this placement'],
    ['ep:rebalance=10,cache=lru', 'a cache keeps them on chip'],
  ])('%s', (text, complaint) => {
    const { findings } = resolveScheduler(splitSchedulerText(text)!, 'physical')
    expect(JSON.stringify(findings)).toContain(complaint)
  })
})

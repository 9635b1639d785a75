// What expert parallelism reads and sends, in every form, against closed forms.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { expertBytes, tokenBytes } from '../../../src/model/shape.ts'
import { expertFrom, type LayerWork, restingRuns } from '../../../src/schedulers/work.ts'
import { kernelMachines, machinesFor, madeUp } from '../machines.ts'
import { allVariants, canRunOn, modelOf, runWorks, type StoryRun, stories, worksOf } from '../stories.ts'

// Two batches read every expert twice: batches.test.ts.
const family = allVariants().filter((name) => /^(ep|hydra)\b/.test(name) && !name.includes('batches=2'))
const machine = (name: string) => [...madeUp, ...kernelMachines].find((hardware) => hardware.name === name)!
/** Every die has a memory channel of its own. */
const withOwnChannels = [
  'shared-2x2',
  'own-memory-5x5',
  'crossbar-8',
  'small-sram',
  'kernels-crossbar-8',
  'kernels-2-nodes-of-2x2',
].map(machine)

/** Every (expert, die) that computed in an iteration, with the tokens it did. */
function computed(
  run: StoryRun,
  iteration: number,
): Map<string, { expert: number; die: number; tokens: number }> {
  const found = new Map<string, { expert: number; die: number; tokens: number }>()
  for (const { kind, expert, die, slice, tokens } of run.spans[iteration]!) {
    if (kind === 'compute' && slice === 0) found.set(`${expert}/${die}`, { expert, die, tokens })
  }
  return found
}

/** Tokens times hops from where they rest to where they are computed; copies of an expert take its tokens in die order. */
function tokenHops(run: StoryRun, works: readonly LayerWork[], topology: ReturnType<typeof buildTopology>) {
  let sum = 0
  works.forEach((work, i) => {
    const next = new Map<number, number>()
    const byDie = [...computed(run, i).values()].sort((a, b) => topology.rank[a.die]! - topology.rank[b.die]!)
    for (const { expert, die, tokens } of byDie) {
      const from = next.get(expert) ?? expertFrom(work, expert)
      next.set(expert, from + tokens)
      for (const { restingDie, fromPair, toPair } of restingRuns(work, from, from + tokens)) {
        sum += (toPair - fromPair) * topology.hops(restingDie, die)
      }
    }
  })
  return sum
}

describe.each(family)('%s', (scheduler) => {
  it('reads every expert that a die computes exactly once, and whole, but where it has stayed', () => {
    fc.assert(
      fc.property(stories, fc.constantFrom(...machinesFor(scheduler)), (story, hardware) => {
        fc.pre(canRunOn(scheduler, hardware))
        const works = worksOf(story, buildTopology(hardware.topology))
        const run = runWorks(scheduler, hardware, modelOf(story), works)
        const experts = works.reduce((sum, _, i) => sum + computed(run, i).size, 0)
        expect(run.machine.traffic.llcHits).toBe(0)
        // What has stayed in the memory in front of tiers is read from there.
        const { cached, tiers } = run.machine
        const stayedBytes = tiers === undefined ? (cached?.counters.hitBytes ?? 0) : 0
        expect(run.machine.traffic.weightReadBytes + stayedBytes).toBe(experts * expertBytes(modelOf(story)))
      }),
      { seed: 41, numRuns: 12 },
    )
  })

  // Where tokens are shared, it is the business of shared-tokens.test.ts.
  // Rebalancing moves weights over links too: rebalance.test.ts.
  it.skipIf(/dispatch=|rebalance=/.test(scheduler))(
    'sends tokens to where they are computed and, with combine, as many results back; and weights read from afar',
    () => {
      fc.assert(
        fc.property(stories, fc.constantFrom(...withOwnChannels), (story, hardware) => {
          fc.pre(canRunOn(scheduler, hardware))
          const topology = buildTopology(hardware.topology)
          const model = modelOf(story)
          const works = worksOf(story, topology)
          const run = runWorks(scheduler, hardware, model, works)
          const { holdings, slices, traffic } = run.machine
          const ways = scheduler.includes('combine=true') ? 2 : 1
          let weightByteHops = 0
          works.forEach((_, i) => {
            for (const { expert, die } of computed(run, i).values()) {
              if (!scheduler.startsWith('hydra') || hardware.memory.shared) continue
              const home = [...topology.order].find((other) => holdings.share(expert, other) === 1)!
              const perExpert = expertBytes(model) + slices * hardware.link.requestBytes
              weightByteHops += topology.hops(home, die) * perExpert
            }
          })
          // In shared memory pieces of an expert come through any channel.
          for (const { kind, die, peer, bytes } of hardware.memory.shared ? run.spans.flat() : []) {
            if (kind !== 'load' || die === peer) continue
            expect(scheduler).not.toContain('channels=own')
            weightByteHops += topology.hops(die, peer) * (bytes + hardware.link.requestBytes)
          }
          const tokenByteHops = ways * tokenHops(run, works, topology) * tokenBytes(model)
          expect(traffic.linkByteHops).toBe(tokenByteHops + weightByteHops)
        }),
        { seed: 42, numRuns: 12 },
      )
    },
  )
})

it('copies share the tokens of their expert equally: shares differ by at most one token', () => {
  const scheduler = 'ep:placement=prefill-dup,copies=3'
  let shared = 0
  fc.assert(
    fc.property(stories, (story) => {
      const hardware = machine('shared-2x2')
      const works = worksOf(story, buildTopology(hardware.topology))
      const run = runWorks(scheduler, hardware, modelOf(story), works)
      works.forEach((work, i) => {
        const shares = new Map<number, number[]>()
        for (const { expert, tokens } of computed(run, i).values()) {
          shares.set(expert, [...(shares.get(expert) ?? []), tokens])
        }
        expect([...shares.keys()].sort((a, b) => a - b)).toEqual(work.activeExperts)
        for (const list of shares.values()) {
          expect(Math.max(...list) - Math.min(...list)).toBeLessThanOrEqual(1)
          if (list.length > 1) shared++
        }
      })
    }),
    { seed: 43, numRuns: 30 },
  )
  expect(shared).toBeGreaterThan(50)
})

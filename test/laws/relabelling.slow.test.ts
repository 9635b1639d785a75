// Law: other names for the dies, with links, routes, homes, owners and tie-break order renamed alike, change nothing.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gridLayout, type Layout, ringLayout, starLayout } from '../../src/hardware/layouts/layouts.ts'
import type { Compat } from '../../src/hardware/package.ts'
import type { HardwareSpec, TopologySpec } from '../../src/hardware/spec.ts'
import { Topology } from '../../src/hardware/topology.ts'
import { splitSchedulerText } from '../../src/schedulers/options.ts'
import { resolveScheduler } from '../../src/schedulers/table.ts'
import { simulateChain } from '../../src/sim/ahead/chain.ts'
import { machinesFor, madeUp } from '../schedulers/machines.ts'
import { rowSetting } from '../schedulers/rows.ts'
import {
  allVariants,
  canRunOn,
  modelOf,
  runWorks,
  type StoryRun,
  seedOf,
  stories,
  worksOf,
} from '../schedulers/stories.ts'

function layoutOf(spec: TopologySpec): Layout {
  switch (spec.kind) {
    case 'mesh':
    case 'torus':
      return gridLayout(spec.columns, spec.rows, spec.kind === 'torus', spec.numbering)
    case 'ring':
      return ringLayout(spec.dies)
    case 'crossbar':
      return starLayout(spec.dies)
    default:
      throw new RangeError(`no made-up machine has a topology of kind ${spec.kind}`)
  }
}

/** The same package with die d called name[d]; ends beyond the dies (a switch) keep theirs. */
function renamed(layout: Layout, name: readonly number[]): Layout {
  const oldName = new Int32Array(layout.dies)
  name.forEach((newName, old) => {
    oldName[newName] = old
  })
  const call = (die: number) => name[die] ?? die
  return {
    dies: layout.dies,
    links: layout.links.map(({ from, to }) => ({ from: call(from), to: call(to) })),
    order: layout.order.map(call),
    ring: layout.ring.map(call),
    halves: layout.halves.map((half) => (die: number) => half(oldName[die]!)),
    path: (from, to) => layout.path(oldName[from]!, oldName[to]!),
    hopsOf: layout.hopsOf,
  }
}

/** Where weights lie in tiers nothing is read ahead into SRAM. */
const withoutTiers = madeUp.filter(({ memory }) => memory.tiers === undefined)

const caseOn = (machines: readonly HardwareSpec[]) =>
  fc.constantFrom(...machines).chain((hardware) => {
    const layout = layoutOf(hardware.topology)
    const names = Array.from({ length: layout.dies }, (_, die) => die)
    return fc.record({
      hardware: fc.constant(hardware),
      layout: fc.constant(layout),
      name: fc.shuffledSubarray(names, { minLength: layout.dies }),
      story: stories,
    })
  })

/** All that a run measured, of dies in the order of these names. */
const outcome = ({ latenciesPs, boundsPs, machine }: StoryRun, names: readonly number[]) => {
  const { dieFlop, channelBytes, ...traffic } = machine.traffic
  const peaks = machine.sram.counters
  const [flop, channels] = [dieFlop, channelBytes].map((ofDies) => names.map((die) => ofDies[die]))
  return { latenciesPs, boundsPs, traffic, flop, channels, peaks }
}

function expectSameAfterRenaming(
  scheduler: string,
  machines: readonly HardwareSpec[],
  compat: Compat = 'physical',
): void {
  fc.assert(
    fc.property(caseOn(machines), ({ hardware, layout, name, story }) => {
      fc.pre(canRunOn(scheduler, hardware))
      const run = (topology: Topology, spec: HardwareSpec, names: readonly number[]) =>
        outcome(runWorks(scheduler, spec, modelOf(story), worksOf(story, topology), topology, compat), names)
      const { memory } = hardware
      // Channels in the order of their old names: they are renamed like all else, not sorted anew.
      const channelDies = memory.channelDies.map((die) => name[die]!)
      const renamedHardware = { ...hardware, memory: { ...memory, channelDies } }
      const after = run(new Topology(renamed(layout, name)), renamedHardware, name)
      expect(after).toEqual(run(new Topology(layout), hardware, [...name.keys()]))
    }),
    { seed: seedOf(scheduler), numRuns: 4 },
  )
}

describe('renaming the dies', () => {
  // Dies of a node follow each other: not any name will do.
  const variants = allVariants().filter((scheduler) => !scheduler.includes('dispatch=node'))
  it.each(variants)('changes nothing for %s', (scheduler) => {
    const machines = machinesFor(scheduler).filter(({ topology }) => topology.kind !== 'nodes')
    expectSameAfterRenaming(scheduler, machines)
  })

  it.each(['round-robin', 'ep', 'pred-only', 'allo-only', 'allo-pred'])(
    "changes nothing for %s in the forecasting paper's setting",
    (scheduler) => {
      const machines = madeUp.filter(({ name }) => name === 'circuit-half-duplex-serial')
      expect(machines).toHaveLength(1)
      expectSameAfterRenaming(scheduler, machines, 'paper')
    },
  )

  it.each(['cross-token', 'oracle'])(
    'changes nothing for layers that read ahead as %s foretells',
    async (name) => {
      const text = `forecast-prefetch:ahead=3,${name === 'oracle' ? '' : 'predict=100,'}predictor=${name}`
      const { resolved } = resolveScheduler(splitSchedulerText(text)!, 'physical')
      let hasReadAhead = false
      await fc.assert(
        fc.asyncProperty(caseOn(withoutTiers), async ({ hardware, layout, name: names, story }) => {
          const run = async (topology: Topology, spec: HardwareSpec) => {
            const totals = await simulateChain(rowSetting(story, spec, topology), resolved!)
            hasReadAhead ||= totals.some(({ traffic }) => traffic.aheadUses > 0)
            return totals.map(({ traffic, ...others }) => {
              const { dieFlop, channelBytes } = traffic
              const sorted = { dieFlop: dieFlop.toSorted(), channelBytes: channelBytes.toSorted() }
              return { ...others, traffic: { ...traffic, ...sorted } }
            })
          }
          const { memory } = hardware
          const channelDies = memory.channelDies.map((die) => names[die]!)
          const after = await run(new Topology(renamed(layout, names)), {
            ...hardware,
            memory: { ...memory, channelDies },
          })
          expect(after).toEqual(await run(new Topology(layout), hardware))
        }),
        { seed: 32, numRuns: 20 },
      )
      expect(hasReadAhead).toBe(true)
    },
  )
})

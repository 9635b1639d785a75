// Law: on a single die there is nothing to place, so every placement and every way to share work cost the same.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildTopology } from '../../src/hardware/topology.ts'
import { expertBytes } from '../../src/model/shape.ts'
import { placements } from '../../src/schedulers/placements/table.ts'
import { presets, schedulers } from '../../src/schedulers/table.ts'
import { madeUp } from '../schedulers/machines.ts'
import { modelOf, runWorks, stories, worksOf } from '../schedulers/stories.ts'

const single = madeUp.find(({ name }) => name === 'single-die')!
const topology = buildTopology(single.topology)

describe('on a single die', () => {
  it('all placements of ep take the same time', () => {
    fc.assert(
      fc.property(stories, (story) => {
        const times = Object.keys(placements).map(
          (name) =>
            runWorks(`ep:placement=${name}`, single, modelOf(story), worksOf(story, topology)).latenciesPs,
        )
        for (const time of times) expect(time).toEqual(times[0])
      }),
      { seed: 1, numRuns: 20 },
    )
  })

  it('allocation and retention change nothing against round-robin', () => {
    fc.assert(
      fc.property(stories, (story) => {
        const time = (name: string) =>
          runWorks(name, single, modelOf(story), worksOf(story, topology)).latenciesPs
        for (const name of ['forecast-prefetch', 'pred-only', 'allo-only', 'allo-pred']) {
          expect(time(name)).toEqual(time('round-robin'))
        }
      }),
      { seed: 2, numRuns: 20 },
    )
  })

  it.each([...Object.keys(schedulers), ...Object.keys(presets)])(
    '%s sends nothing and reads every active expert exactly once',
    (name) => {
      fc.assert(
        fc.property(stories, (story) => {
          const works = worksOf(story, topology)
          const { machine } = runWorks(name, single, modelOf(story), works)
          expect(machine.traffic.linkBytes).toBe(0)
          expect(machine.traffic.hops).toBe(0)
          const active = works.reduce((sum, { activeExperts }) => sum + activeExperts.length, 0)
          expect(machine.traffic.weightReadBytes).toBe(active * expertBytes(modelOf(story)))
        }),
        { seed: 3, numRuns: 10 },
      )
    },
  )
})

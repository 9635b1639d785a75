// Two batches: the tokens of each die in halves, every pair in one of them, and sends that overlap with kernels.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { batchTasks } from '../../../src/schedulers/ep/batches.ts'
import { holderTasks } from '../../../src/schedulers/ep/tasks.ts'
import { pairCount, pairTokens } from '../../../src/schedulers/work.ts'
import { kernelMachines } from '../machines.ts'
import { modelOf, runWorks, type Story, stories, worksOf } from '../stories.ts'

const topology = buildTopology(kernelMachines[0]!.topology)

describe('batches', () => {
  it('have each pair once, and of each die half of the tokens', () => {
    fc.assert(
      fc.property(stories, (story) => {
        for (const work of worksOf(story, topology)) {
          const tasks = holderTasks(work, (expert) => [expert % topology.dies], topology)
          const batches = batchTasks(work, tasks, 2)
          const tokenOf = pairTokens(work)
          const batchOf = new Map<number, number>()
          let pairs = 0
          batches.forEach((batch, b) => {
            for (const { fromPair, toPair } of batch) {
              for (let pair = fromPair; pair < toPair; pair++, pairs++) {
                expect(batchOf.get(tokenOf[pair]!) ?? b).toBe(b)
                batchOf.set(tokenOf[pair]!, b)
              }
            }
          })
          expect(pairs).toBe(pairCount(work))
          for (const die of topology.order) {
            const own = [...batchOf].filter(([token]) => work.restingDie[token] === die)
            const first = own.filter(([, batch]) => batch === 0).length
            expect(Math.abs(2 * first - own.length)).toBeLessThanOrEqual(1)
          }
        }
      }),
      { numRuns: 30 },
    )
  })

  it('are sent while the one before is computed, which takes less time where exchanges are long', () => {
    const story: Story = { experts: 8, topK: 3, requests: 12, prefill: 6, decode: 0, skew: 0, seed: 4 }
    const [machine] = kernelMachines
    const slow = { ...machine!, link: { ...machine!.link, bytesPerPs: 1 / 256 } }
    const works = worksOf(story, topology)
    const run = (scheduler: string) => runWorks(scheduler, slow, modelOf(story), works)
    const one = run('ep:dispatch=die,combine=true')
    const two = run('ep:dispatch=die,combine=true,batches=2')
    expect(two.latenciesPs[0]).toBeLessThan(one.latenciesPs[0]!)
    const launches = two.spans[0]!.filter(({ kind }) => kind === 'compute')
    const sends = two.spans[0]!.filter(({ kind }) => kind === 'send')
    const overlaps = launches.some(({ startPs, endPs }) =>
      sends.some((send) => send.startPs < endPs && send.endPs > startPs),
    )
    expect(overlaps).toBe(true)
    expect(two.machine.traffic.weightReadBytes).toBeGreaterThan(one.machine.traffic.weightReadBytes)
  })
})

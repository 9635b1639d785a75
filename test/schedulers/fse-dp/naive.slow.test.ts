// How far slices of naive FSE-DP move, on made-up machines and work.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { expertBytes, sliceBytes } from '../../../src/model/shape.ts'
import { redispatch, tokensIn } from '../../../src/schedulers/fse-dp/dispatch.ts'
import type { LayerWork } from '../../../src/schedulers/work.ts'
import { madeUp } from '../machines.ts'
import { modelOf, runWorks, stories, worksOf } from '../stories.ts'

const WEIGHTS = 'fse-dp-naive'
const TOKENS = 'fse-dp-naive:rotate=tokens'

it('moves every slice as far along the ring as there are tokens for it, on any work', () => {
  const shared = madeUp.filter(({ name }) => ['shared-2x2', 'timed-memory', 'single-die'].includes(name))
  fc.assert(
    fc.property(stories, fc.constantFrom(...shared), (story, on) => {
      const topology = buildTopology(on.topology)
      const works = worksOf(story, topology)
      const bytes = expertBytes(modelOf(story))
      const sent = (scheduler: string) => {
        const { spans, machine } = runWorks(scheduler, on, modelOf(story), works)
        const sends = spans.flat().filter(({ kind }) => kind === 'send')
        const ofWeights = sends.filter(({ slice }) => slice >= 0).reduce((sum, span) => sum + span.bytes, 0)
        return { ofWeights, read: machine.traffic.weightReadBytes }
      }
      const experts = works.reduce((sum, { activeExperts }) => sum + activeExperts.length, 0)
      const dies = [...topology.ring.keys()]
      const wayOf = (work: LayerWork, expert: number, slice: number) => {
        const groups = redispatch(work, topology, expert)
        const withTokens = dies.filter((place) => tokensIn(groups[topology.ring[place]!]!) > 0)
        return Math.max(...withTokens.map((place) => (place - slice + dies.length) % dies.length))
      }
      const expected = works.flatMap((work) =>
        work.activeExperts.flatMap((expert) =>
          dies.map((slice) => wayOf(work, expert, slice) * sliceBytes(modelOf(story), dies.length, slice)),
        ),
      )
      const ofWeights = expected.reduce((sum, more) => sum + more, 0)
      expect(sent(WEIGHTS)).toEqual({ ofWeights, read: experts * bytes })
      expect(sent(TOKENS)).toEqual({ ofWeights: 0, read: experts * bytes })
    }),
    { numRuns: 60 },
  )
})

// Bytes read from and written to SRAM, counted a second time from what a probe sees.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { sliceBytes, tokenBytes } from '../../../src/model/shape.ts'
import type { Span } from '../../../src/sim/probe.ts'
import { madeUp } from '../../schedulers/machines.ts'
import { modelOf, runWorks, stories, worksOf } from '../../schedulers/stories.ts'

/** Every die reads its own channel: what is sent between dies is no answer to a read. */
const hardware = madeUp[0]!

describe.each(['ep', 'ep:combine=true', 'fse-dp', 'fse-dp:rule5=true', 'fse-dp-naive', 'round-robin'])(
  'under %s',
  (scheduler) => {
    it('a slice counts on arrival, for each send twice and for each compute; tokens into and out of each compute and copy', () => {
      fc.assert(
        fc.property(stories, (story) => {
          const model = modelOf(story)
          const run = runWorks(scheduler, hardware, model, worksOf(story, buildTopology(hardware.topology)))
          const { traffic, slices } = run.machine
          const bytesOf = ({ kind, slice, tokens, bytes }: Span): number => {
            switch (kind) {
              case 'load':
              case 'write':
                return bytes
              case 'send':
                return 2 * bytes
              case 'compute':
                return sliceBytes(model, slices, slice) + 2 * tokens * tokenBytes(model)
              case 'reserve':
                return 0
            }
          }
          expect(traffic.remoteLoads).toBe(0)
          const counted = run.spans.flat().reduce((sum, span) => sum + bytesOf(span), 0)
          expect(traffic.sramBytes).toBe(counted)
          expect(counted).toBeGreaterThan(0)
        }),
        { numRuns: 10 },
      )
    })
  },
)

// Bytes read from and written to SRAM, counted a second time from what a probe sees.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { sliceBytes, tokenBytes } from '../../../src/model/shape.ts'
import type { Span } from '../../../src/sim/probe.ts'
import { madeUp } from '../../schedulers/machines.ts'
import { modelOf, runWorks, stories, worksOf } from '../../schedulers/stories.ts'

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
          // What a channel reads for another die passes by the SRAM of its own.
          const reads = run.spans.flat().filter(({ kind, die, peer }) => kind === 'load' && die !== peer)
          const keyOf = (span: Span) => [span.expert, span.slice, span.die, span.peer, span.bytes].join('/')
          const repliesAt = new Set(reads.map((span) => `${keyOf(span)}/${span.endPs}`))
          const isReply = (span: Span) => repliesAt.has(`${keyOf(span)}/${span.startPs}`)
          const bytesOf = (span: Span): number => {
            const { kind, slice, tokens, bytes } = span
            switch (kind) {
              case 'load':
              case 'write':
                return bytes
              case 'send':
                return isReply(span) ? 0 : 2 * bytes
              case 'compute':
                return sliceBytes(model, slices, slice) + 2 * tokens * tokenBytes(model)
              case 'reserve':
              case 'bring':
              case 'core':
                return 0
            }
          }
          const counted = run.spans.flat().reduce((sum, span) => sum + bytesOf(span), 0)
          expect(traffic.sramBytes).toBe(counted)
          expect(counted).toBeGreaterThan(0)
        }),
        { numRuns: 10 },
      )
    })
  },
)

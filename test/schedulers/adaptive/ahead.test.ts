// adaptive in layers in a row: what it reads ahead is used where it lies or given up, and spares time where channels would idle.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { describe as inWords } from '../../../src/errors.ts'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import { splitSchedulerText } from '../../../src/schedulers/options.ts'
import { resolveScheduler } from '../../../src/schedulers/table.ts'
import { simulateChain } from '../../../src/sim/ahead/chain.ts'
import type { Totals } from '../../../src/sim/metrics/totals.ts'
import { madeUp } from '../machines.ts'
import { rowSetting } from '../rows.ts'
import { type Story, stories } from '../stories.ts'

const some: Story = { experts: 12, topK: 3, requests: 6, prefill: 4, decode: 3, skew: 1, seed: 3 }
const own = madeUp.find(({ name }) => name === 'own-memory-5x5')!

const complaints = (text: string) =>
  resolveScheduler(splitSchedulerText(text)!, 'physical').findings.map(inWords)
const inRow = (text: string, story: Story, hardware: HardwareSpec) =>
  simulateChain(
    rowSetting(story, hardware),
    resolveScheduler(splitSchedulerText(text)!, 'physical').resolved!,
  )
const sum = (totals: readonly Totals[], key: 'aheadReadBytes' | 'aheadUsedBytes' | 'aheadVainBytes') =>
  totals.reduce((total, layer) => total + layer.traffic[key], 0)
const latencyPs = (totals: readonly Totals[]) => totals.reduce((total, layer) => total + layer.latencyPs, 0)

it('uses or gives up all that was read ahead, on any machine, whatever foretells it', async () => {
  const predictors = fc.constantFrom('oracle', 'cross-token,predict=100', 'popularity,predict=20')
  await fc.assert(
    fc.asyncProperty(stories, fc.constantFrom(...madeUp), predictors, async (story, hardware, predictor) => {
      const chain = await inRow(`adaptive:ahead=3,predictor=${predictor}`, story, hardware)
      expect(sum(chain, 'aheadReadBytes')).toBe(sum(chain, 'aheadUsedBytes') + sum(chain, 'aheadVainBytes'))
    }),
    { numRuns: 12 },
  )
})

it('computes slices where they were read to, and ends sooner for it', async () => {
  const chain = await inRow('adaptive:ahead=2,predictor=oracle', some, own)
  const read = sum(chain, 'aheadReadBytes')
  expect(read).toBeGreaterThan(0)
  expect(sum(chain, 'aheadUsedBytes')).toBeGreaterThan(0.8 * read)
  expect(latencyPs(chain)).toBeLessThan(latencyPs(await inRow('adaptive', some, own)))
})

it('says which options of prediction would change nothing', () => {
  expect(complaints('adaptive:predictor=oracle')).toEqual([
    'adaptive: with ahead=0 nothing is predicted, so predictor=oracle would change nothing; leave it out, or use ahead=1 or more',
  ])
  expect(complaints('adaptive:ahead=1,predictor=oracle,predict=50')).toHaveLength(1)
  expect(complaints('adaptive:ahead=1,predictor=popularity,predict=50')).toEqual([])
})

// The law that makes an optimum one: no schedule of any scheduler takes less time.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { runBeside, SCHEDULERS, smallLayers } from './small-layers.ts'

/** MOESIM_LAYERS=10000 npx vitest run test/optimum/never-above.slow.test.ts: as many as one likes. */
const LAYERS = Number(process.env.MOESIM_LAYERS ?? 14)
const SEED = Number(process.env.MOESIM_SEED ?? 16)

it('no scheduler beats the optimum of a small layer, and none that is free beats one that is given', async () => {
  const ran = new Set<string>()
  await fc.assert(
    fc.asyncProperty(smallLayers, async (layer) => {
      for (const scheduler of SCHEDULERS) {
        const totals = await runBeside(layer, scheduler)
        if (totals === undefined) continue
        ran.add(scheduler)
        const { givenPs, freePs } = totals.optimum!
        expect(givenPs).toBeGreaterThan(0)
        expect(freePs).toBeLessThanOrEqual(givenPs)
        expect(totals.latencyPs).toBeGreaterThanOrEqual(givenPs)
      }
    }),
    // Shrinking would take longer than all layers.
    { seed: SEED, numRuns: LAYERS, endOnFailure: true },
  )
  // Some ask for machines that not every draw has.
  expect(ran.size).toBeGreaterThan(SCHEDULERS.length - 5)
}, 3_600_000)

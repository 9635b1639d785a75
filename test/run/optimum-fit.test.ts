// Optima that take too long, and work that no schedule has room for.
import { describe, expect, it } from 'vitest'
import { loadExperiment } from '../../src/config/load.ts'
import { assertOptimumFits } from '../../src/run/optimum-fit.ts'
import { bundledIo } from '../config/bundled-io.ts'

const TOKENS = 8
const workload = {
  spread: 'tokens' as const,
  iterations: [
    {
      phase: 'decode' as const,
      rows: Int32Array.from({ length: TOKENS }, (_, row) => row),
      requests: new Int32Array(TOKENS),
    },
  ],
}
const routing = {
  layers: [3],
  requests: [{ tokens: TOKENS }],
  // Eight experts of every token, the first of them 10 more than the token.
  layerExperts: () => Uint16Array.from({ length: TOKENS * 8 }, (_, i) => Math.floor(i / 8) + 10 + (i % 8)),
}

async function check(sets: readonly string[], layers = 1, optimum = true): Promise<void> {
  const flags = { optimum, schedulers: ['ep', 'fse-dp'] }
  const { experiment } = await loadExperiment(bundledIo(), { flags, sets })
  assertOptimumFits(experiment, { layers, workload, routing, layer: 3 })
}

const grid = (columns: number) => `hardware.topology={kind: mesh, columns: ${columns}, rows: ${columns}}`

describe('an optimum', () => {
  it('of 16x16 dies is found, of 20x20 refused with what it would take, as no sample would help', async () => {
    await expect(check([grid(16)])).resolves.toBeUndefined()
    await expect(check([grid(20)])).rejects.toThrow(
      /a linear program takes about 110 s on 400 dies, and 2 of them \(layers x iterations x schedulers\) up to 0\.059 h; take a package of fewer dies of the same kind; or leave --optimum out/,
    )
    await expect(check([grid(20)], 1, false)).resolves.toBeUndefined()
  })

  it('of many layers is refused though each is small enough', async () => {
    await expect(check([grid(16)], 200)).resolves.toBeUndefined()
    await expect(check([grid(16)], 300)).rejects.toThrow(
      /600 of them .* up to 4\.9 h; sample: --layers sample:2/,
    )
  })

  it('names the expert that SRAM has no room for', async () => {
    // Two tokens of 2 kB rest on each of the four dies; a 4,096th of an expert is 1,152 B.
    await expect(check(['hardware.sram=4 KiB'])).rejects.toThrow(
      'no schedule has room for expert 10 of layer 3 in iteration 1: on die 0 it needs 4.1 kB of SRAM for the tokens that rest there and 1.15 kB for the smallest slice; available: 4.1 kB',
    )
    await expect(check(['hardware.sram=8 KiB'])).resolves.toBeUndefined()
  })
})

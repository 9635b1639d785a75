// Ids of points: the hash of the canonical experiment, however much of it experiments have in common.
import { expect, test } from 'vitest'
import { nodeIo } from '../../src/cli/node/io.ts'
import { canonicalExperiment } from '../../src/config/canonical.ts'
import { canonicalJson } from '../../src/run/canonical-json.ts'
import { PointIds } from '../../src/sweep/point-ids.ts'
import { planSweep } from '../../src/sweep/points.ts'

test('an id is the SHA-256 of the canonical JSON of the whole experiment', async () => {
  const axes = [
    'seed=1,2',
    'hardware.sram=4 MiB,unlimited',
    'schedulers=ep,[fse-dp, ep:prefetch=1]',
    'jitter=0,2',
  ]
  const { own } = await planSweep(nodeIo, { file: 'demo', sets: [], axes })
  expect(own).toHaveLength(16)
  for (const { id, experiment } of own) {
    const hash = nodeIo.hash()
    hash.update(canonicalJson(canonicalExperiment(experiment)))
    expect(id).toBe(hash.hex())
    expect(new PointIds(nodeIo).idOf(experiment)).toBe(id)
  }
})

// What differs between settings: paths, order, and what counts as one value.
import { expect, test } from 'vitest'
import { configChanges } from '../../src/check/config-changes.ts'

test('names the paths whose values differ, in the order of the settings, and no others', () => {
  const a = { hardware: { link: { bytesPerPs: 0.288, latencyPs: 4 } }, seed: 1 }
  const b = { hardware: { link: { bytesPerPs: 0.096, latencyPs: 4 } }, seed: 2 }
  expect(configChanges([a, b])).toEqual([
    { path: 'hardware.link.bytesPerPs', values: [0.288, 0.096] },
    { path: 'seed', values: [1, 2] },
  ])
  expect(configChanges([a, structuredClone(a)])).toEqual([])
})

test('schedulers are told apart by id, so that another order of them is no change of each', () => {
  const ep = { id: 'ep', options: { prefetch: 0 } }
  const hydra = { id: 'hydra', options: { cap: 1 } }
  expect(configChanges([{ schedulers: [ep, hydra] }, { schedulers: [hydra, ep] }])).toEqual([])
  expect(configChanges([{ schedulers: [ep] }, { schedulers: [ep, hydra] }])).toEqual([
    { path: 'schedulers.hydra.options.cap', values: [undefined, 1] },
  ])
})

test('a list of plain values is one value, and so is a missing key', () => {
  const changes = configChanges([{ layers: [0, 1] }, { layers: [0, 2] }, { seed: 1 }])
  expect(changes).toEqual([
    { path: 'layers', values: [[0, 1], [0, 2], undefined] },
    { path: 'seed', values: [undefined, undefined, 1] },
  ])
})

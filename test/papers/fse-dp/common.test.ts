// How the FSE-DP figures read results: per layer, against a baseline, by useful work.
import { describe, expect, test } from 'vitest'
import { nodeIo } from '../../../src/cli/node/io.ts'
import { layerLatencyPs, metric, moeUtilization, pct, speedup } from '../../../src/papers/fse-dp/common.ts'
import type { Measured, Point } from '../../../src/papers/lab.ts'
import { Lab } from '../../../src/papers/lab.ts'
import { hooks } from '../tiny-lab.ts'

const result = (latencyPs: number, layers: number) => ({
  id: '',
  scheduler: '',
  options: {},
  boundBy: 'memory',
  metrics: { latency: { value: latencyPs, unit: 'ps' }, latencyMoe: { value: latencyPs / 2, unit: 'ps' } },
  layers: Array.from({ length: layers }, (_, layer) => ({ layer, metrics: {} })),
})
const measured: Measured = new Map([
  ['ep', result(6e9, 3)],
  ['fse-dp', result(4e9, 3)],
])

describe('of two iterations of three layers', () => {
  const pointOf = (): Promise<Point> =>
    new Lab(nodeIo, { isQuick: true, seed: 1 }, hooks).load('fse-dp-f9-latency', {
      flags: { tokens: '64', iterations: '2', layers: '0,1,2' },
    })

  test('the latency of a layer is a sixth', async () => {
    expect(layerLatencyPs(measured, 'ep', await pointOf())).toBe(1e9)
  })

  test('the utilization of routed experts is their useful work over what the package could do meanwhile', async () => {
    // 64 tokens, top-8, 3 x 2048 x 768 MACs each; 4 dies of 2048 MACs at 800 MHz.
    const macs = 3 * 2 * 64 * 8 * 3 * 2048 * 768
    const mostMacs = 4 * 2048 * 0.8e9 * 3e-3
    expect(moeUtilization(measured, 'ep', await pointOf())).toBeCloseTo(macs / mostMacs, 9)
  })
})

test('a speedup is the latency of the reference over the own', () => {
  expect(speedup(measured, 'fse-dp', 'ep')).toBe(1.5)
})

test('a metric that is not there is a bug, not a zero', () => {
  expect(() => metric(measured, 'ep', 'throughput')).toThrow('no throughput of ep')
  expect(() => metric(measured, 'hydra', 'latency')).toThrow('no latency of hydra')
})

test('shares are shown as percentages with one decimal', () => {
  expect([pct(0.1234), pct(-0.05)]).toEqual(['12.3 %', '-5.0 %'])
})

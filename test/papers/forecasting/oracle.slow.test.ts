// moesim under compat: paper against a simulator written from the description of the paper's rules alone.
import { describe, expect, it } from 'vitest'
import { nodeIo } from '../../../src/cli/node/io.ts'
import { JobPool } from '../../../src/run/pool.ts'
import { runExperiments } from '../../../src/run/run-many.ts'
import { hooks } from '../tiny-lab.ts'
import { type OracleCase, oracleCase } from './oracle/cases.ts'
import { type OracleResult, type OracleScheme, runOracle } from './oracle/simulator.ts'

const SCHEMES: readonly OracleScheme[] = ['round-robin', 'ep', 'pred-only', 'allo-only', 'allo-pred']

const few = (requests: number, steps: number) => [
  ...[`workload.requests=${requests}`, `workload.decode_steps=${steps}`],
  ...['generator.prefill_tokens=2', `generator.decode_tokens=${steps}`],
]

const CASES: Readonly<Record<string, readonly string[]>> = {
  'many experts, few tokens each, 3x8': [...few(64, 12), 'hardware=tsmc-sow-3x8'],
  'experts that are shared between dies, 3x8': [
    ...few(2048, 6),
    ...['hardware=tsmc-sow-3x8', 'model.experts=24', 'model.top_k=4', 'model.moe_layers=all'],
  ],
  'slices too large for the cache, 5x5': [...few(40, 12), 'model=llama-4-maverick'],
  'skewed, more experts than dies can share evenly, 5x5': [
    ...few(1024, 8),
    ...['model.experts=60', 'generator.skew=2', 'model.moe_layers=all'],
  ],
}

const THE_RULES = { isRemoteFirst: true, reservesReturn: true }

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)

const decodeNs = ({ steps }: OracleResult) => sum(steps.slice(1))

async function measured({ experiment }: OracleCase) {
  const [run] = await runExperiments(nodeIo, [experiment], hooks, new JobPool(nodeIo))
  return new Map(run!.results.map(({ id, metrics }) => [id, metrics]))
}

describe.each(Object.entries(CASES))('%s', (_name, sets) => {
  it('all five schemes take as long as the oracle says within 2 %, with the same hops, reads and replicas', async () => {
    const one = await oracleCase(sets)
    const ours = await measured(one)
    for (const scheme of SCHEMES) {
      const oracle = runOracle(scheme, one.setting, one.steps, THE_RULES)
      const metrics = ours.get(scheme)!
      const ratio = metrics.latencyDecode!.value / 1000 / decodeNs(oracle)
      expect(Math.abs(ratio - 1), `${scheme} takes ${ratio} of the oracle's time`).toBeLessThan(0.02)
      expect(metrics.hops!.value, scheme).toBe(oracle.hops)
      expect(metrics.memoryReadRemote!.value, scheme).toBe(oracle.remoteBytes)
      expect(metrics.memoryWrite!.value, scheme).toBe(oracle.writtenBytes)
    }
  })
})

describe('what the two rules change in the oracle', () => {
  const gainOf = async (name: string, scheme: OracleScheme, without: Partial<typeof THE_RULES>) => {
    const { setting, steps } = await oracleCase(CASES[name]!)
    const taken = (rules: Partial<typeof THE_RULES>) =>
      decodeNs(runOracle(scheme, setting, steps, { ...THE_RULES, ...rules }))
    return taken(without) / taken({})
  }

  it('remote work first makes layers faster whose experts are shared between dies, by more than 1 % here', async () => {
    const name = 'experts that are shared between dies, 3x8'
    expect(await gainOf(name, 'allo-pred', { isRemoteFirst: false })).toBeGreaterThan(1.01)
  })

  it('a way back that is claimed when the read starts makes Base slower, by some per cent', async () => {
    const name = 'many experts, few tokens each, 3x8'
    expect(await gainOf(name, 'round-robin', { reservesReturn: false })).toBeLessThan(0.98)
  })
})

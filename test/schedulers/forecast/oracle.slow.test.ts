// The oracle is an upper bound: it knows which die computes which expert when, and no predictor does better.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nodeIo } from '../../../src/cli/node/io.ts'
import { loadExperiment } from '../../../src/config/load.ts'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { expertBytes } from '../../../src/model/shape.ts'
import { JobPool } from '../../../src/run/pool.ts'
import { runExperiments } from '../../../src/run/run-many.ts'
import { predictors } from '../../../src/schedulers/predictors/table.ts'
import type { LayerWork } from '../../../src/schedulers/work.ts'
import { tinyModel, workOf } from '../../helpers/frames.ts'
import { hooks } from '../../papers/tiny-lab.ts'
import { madeUp } from '../machines.ts'
import { runWorks } from '../stories.ts'

describe('the oracle keeps', () => {
  const crossbar = madeUp.find(({ name }) => name === 'crossbar-8')!
  const topology = buildTopology(crossbar.topology)
  const EXPERTS = 16
  const model = tinyModel(EXPERTS, 3)

  /** Two home experts on each die, and room for this many replicas. */
  const withRoomFor = (replicas: number): HardwareSpec => ({
    ...crossbar,
    memory: { ...crossbar.memory, capacityBytes: (2 + replicas) * expertBytes(model) },
  })

  /** Steps of one request; the only expert of a step runs on die 7, where experts 14 and 15 live. */
  const stepsOf = (experts: readonly number[]): LayerWork[] =>
    experts.map((expert, iteration) => ({
      ...workOf([[expert]], EXPERTS, topology),
      iteration,
      phase: 'decode',
    }))

  const copied = (experts: readonly number[], room: number) => {
    const { traffic } = runWorks(
      'pred-only:predictor=oracle',
      withRoomFor(room),
      model,
      stepsOf(experts),
    ).machine
    return {
      written: traffic.replicaWriteBytes / expertBytes(model),
      remote: traffic.remoteLoads / 3,
    }
  }

  it('what its die will compute again, from the first time on', () => {
    expect(copied([5, 5, 5], 1)).toEqual({ written: 1, remote: 1 })
  })

  it('nothing that its die will not compute again', () => {
    expect(copied([5, 6, 8], 3)).toEqual({ written: 0, remote: 3 })
  })

  it('what is needed sooner: of two that fit in turn the one needed last leaves, or is not kept at all', () => {
    // 5 is kept and gives way to 6, which is needed sooner; 8 is needed later than 6 and is not kept.
    expect(copied([5, 6, 8, 6, 6, 5, 8], 1)).toEqual({ written: 2, remote: 5 })
    // Least recently used: 5 leaves for 6, 6 for 8, and so on.
    const lru = runWorks('pred-only', withRoomFor(1), model, stepsOf([5, 6, 8, 6, 6, 5, 8])).machine
    expect(lru.traffic.remoteLoads / 3).toBeGreaterThan(5)
  })
})

describe('no predictor does better than the oracle', () => {
  const names = Object.keys(predictors)

  /** Latency of each predictor in ps. */
  async function latencies(
    file: string,
    scheduler: string,
    few: Readonly<Record<string, string>>,
    sets: readonly string[],
  ) {
    const some = scheduler.includes('ahead') ? names.filter((name) => name !== 'none') : names
    const schedulers = some.map(
      (name) => `${scheduler}${scheduler.includes(':') ? ',' : ':'}predictor=${name}`,
    )
    const { experiment } = await loadExperiment(nodeIo, { file, flags: { ...few, schedulers }, sets })
    const [run] = await runExperiments(nodeIo, [experiment], hooks, new JobPool(nodeIo))
    return new Map(run!.results.map(({ metrics }, i) => [some[i]!, metrics.latency!.value]))
  }

  const least = (all: ReadonlyMap<string, number>) => Math.min(...all.values())

  const bundled: readonly (readonly [string, string, Readonly<Record<string, string>>, readonly string[]])[] =
    [
      [
        'forecasting-dojo',
        'pred-only',
        { layers: 'sample:1', requests: '32', decodeSteps: '4' },
        ['compat=physical'],
      ],
      ['forecast-on-fse-dp', 'forecast-prefetch:ahead=7', { layers: '20,21', decodeSteps: '3' }, []],
      [
        'forecast-on-fse-dp',
        'forecast-prefetch:ahead=7',
        { layers: '20,21', decodeSteps: '3' },
        ['hardware.sram=4MB'],
      ],
    ]
  it.each(bundled)('in %s, %s, %j, %j', async (file, scheduler, few, sets) => {
    const all = await latencies(file, scheduler, few, sets)
    expect(all.get('oracle')).toBe(least(all))
  })

  it('in small random cases on the wafer, with room for few replicas or many', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          requests: fc.integer({ min: 1, max: 40 }),
          steps: fc.integer({ min: 2, max: 6 }),
          experts: fc.integer({ min: 8, max: 50 }),
          capacityMb: fc.integer({ min: 80, max: 300 }),
          seed: fc.integer({ min: 1, max: 1000 }),
          scheme: fc.constantFrom('pred-only', 'allo-pred', 'pred-only:evict=benefit'),
          compat: fc.constantFrom('compat=physical', 'compat=paper'),
        }),
        async ({ requests, steps, experts, capacityMb, seed, scheme, compat }) => {
          const few = { requests: `${requests}`, decodeSteps: `${steps}`, layers: '0', seed: `${seed}` }
          const sets = [
            ...[compat, `model.experts=${experts}`, 'model.top_k=2', 'model.layers=1'],
            ...[`generator.decode_tokens=${steps}`, 'generator.prefill_tokens=2'],
            ...[`hardware.memory.capacity=${capacityMb}MB`, 'hardware.memory.reserved=0'],
          ]
          const evicting = scheme.includes('evict') && compat === 'compat=paper' ? 'pred-only' : scheme
          const all = await latencies('forecasting-dojo', evicting, few, sets)
          expect(all.get('oracle')).toBe(least(all))
        },
      ),
      { numRuns: 12 },
    )
  })
})

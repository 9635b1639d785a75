// Forecast-driven data movement: what retaining fetched experts saves, and what it may take.

import { describe, expect, it } from 'vitest'
import { loadHardware } from '../../../src/config/hardware/hardware.ts'
import { loadModel } from '../../../src/config/model/model.ts'
import { randomStream } from '../../../src/engine/random.ts'
import type { Compat } from '../../../src/hardware/package.ts'
import { packageOf } from '../../../src/hardware/package.ts'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { expertBytes } from '../../../src/model/shape.ts'
import { resolveScheduler, schedulers } from '../../../src/schedulers/table.ts'
import type { LayerWork } from '../../../src/schedulers/work.ts'
import { bundledIo } from '../../config/bundled-io.ts'
import { tinyModel, workOf } from '../../helpers/frames.ts'
import { madeUp } from '../machines.ts'
import { runWorks } from '../stories.ts'

const crossbar = madeUp.find(({ name }) => name === 'crossbar-8')!
const topology = buildTopology(crossbar.topology)
const dies = topology.dies

/** One decode step: each request's token chose the given expert. */
function decodeStep(experts: readonly number[], expertCount: number): LayerWork {
  const work = workOf(
    experts.map((expert) => [expert]),
    expertCount,
    topology,
  )
  return { ...work, phase: 'decode', tokenRequest: Int32Array.from(experts, (_, request) => request) }
}

describe('retention', () => {
  const model = tinyModel(16, 3)
  // Expert 5, home die 2, is the first to appear in every step, so round-robin sends it to die 7 each time.
  const steps = Array.from({ length: 5 }, () => decodeStep([5], 16))

  it('turns the remote reads of a die into local ones as soon as the expert was foretold', () => {
    const { machine, latenciesPs, spans } = runWorks('pred-only', crossbar, model, steps)
    // Step 0 knows nothing, step 1 has seen 5 follow 5 and keeps it, steps 2 to 4 read the copy.
    expect(machine.traffic.remoteLoads).toBe(2 * 3)
    expect(machine.traffic.replicaLoads).toBe(3 * 3)
    expect(machine.traffic.replicaWriteBytes).toBe(expertBytes(model))
    const sources = spans.map(
      (step) => new Set(step.filter(({ kind }) => kind === 'load').map(({ die }) => die)),
    )
    expect(sources).toEqual([2, 2, 7, 7, 7].map((die) => new Set([die])))
    expect(latenciesPs[2]).toBeLessThan(latenciesPs[0]!)
  })

  it('keeps nothing without prediction, nor in prefill', () => {
    const prefill = steps.map((work) => ({ ...work, phase: 'prefill' as const }))
    for (const [id, works] of [
      ['allo-only', steps],
      ['pred-only:retain=false', steps],
      ['pred-only:predictor=none', steps],
      ['pred-only', prefill],
    ] as const) {
      expect(runWorks(id, crossbar, model, works).machine.traffic.replicaWriteBytes).toBe(0)
    }
  })

  it('keeps what follows any expert that the die computes now, not what follows experts elsewhere', () => {
    // Expert 5 follows 14, never itself. In the last step both run on die 7, 14's home, or 5 alone on the next one.
    const others = [0, 1, 2, 3, 4, 6, 7]
    const learnt = [decodeStep([14], 16), decodeStep([5], 16)]
    const together = decodeStep([14, ...others, 5], 16)
    const apart = decodeStep([14, 5, ...others], 16)
    const written = (last: LayerWork) =>
      runWorks('pred-only', crossbar, model, [...learnt, last]).machine.traffic.replicaWriteBytes
    expect(written(together)).toBe(expertBytes(model))
    expect(written(apart)).toBe(0)
  })

  it('with allocation a die that kept an expert shares its tokens without another transfer', () => {
    // 2048 tokens on one expert: four blocks, which computing on neighbours ends sooner.
    const busy = Array.from({ length: 4 }, () => decodeStep(new Array<number>(2048).fill(5), 16))
    const loadedBy = (id: string) =>
      runWorks(id, crossbar, model, busy).spans.map((step) =>
        step.filter(({ kind, die, peer }) => kind === 'load' && die !== peer).map(({ peer }) => peer),
      )
    const without = loadedBy('allo-only')
    expect(without.every((dies) => dies.length > 0)).toBe(true)
    const [first, second, ...later] = loadedBy('allo-pred')
    expect([first, second]).toEqual(without.slice(0, 2))
    expect(later.flat()).toEqual([])
  })

  it('never takes more memory than home copies leave', () => {
    const bytes = expertBytes(model)
    // Two home experts on each die, and room for one and two thirds more.
    const capacityBytes = Math.floor(bytes * (11 / 3))
    const hardware: HardwareSpec = { ...crossbar, memory: { ...crossbar.memory, capacityBytes } }
    const random = randomStream(3, 'forecast')
    const works = Array.from({ length: 40 }, () =>
      decodeStep(
        Array.from({ length: 6 }, () => Math.floor(16 * random() ** 2)),
        16,
      ),
    )
    const most = dies * (capacityBytes - 2 * bytes)
    for (const evict of ['lru', 'benefit']) {
      const limited = runWorks(`pred-only:evict=${evict}`, hardware, model, works).machine.holdings.replicas
      expect(limited.bytes()).toBeLessThanOrEqual(most)
      expect(limited.counters.made).toBeGreaterThan(limited.count)
    }
    const unlimited = runWorks('pred-only:replicas=unlimited', hardware, model, works).machine.holdings
      .replicas
    expect(unlimited.bytes()).toBeGreaterThan(most)
    expect(unlimited.counters.made).toBe(unlimited.count)
  })

  it('with home copies that fill the memory nothing is kept', () => {
    const capacityBytes = 2 * expertBytes(model)
    const hardware: HardwareSpec = { ...crossbar, memory: { ...crossbar.memory, capacityBytes } }
    expect(runWorks('pred-only', hardware, model, steps).machine.holdings.replicas.counters.made).toBe(0)
  })

  it('saves decode hops like T / (D (1 - (1 - 1/D)^T)) where experts go to random dies', () => {
    // Every expert is wanted by a request of its own in every step, but the requests come in a random order, so each
    // expert runs on a random die; it follows itself, so every fetch is foretold from the second step on.
    const experts = 64
    const many = tinyModel(experts, 3)
    const steps = 48
    const random = randomStream(9, 'hops')
    const works = Array.from({ length: 1 + steps }, () => {
      const order = Array.from({ length: experts }, (_, expert) => ({ expert, key: random() }))
        .sort((a, b) => a.key - b.key)
        .map(({ expert }) => expert)
      return { ...decodeStep(order, experts), tokenRequest: Int32Array.from(order) }
    })
    const remoteReads = (id: string) =>
      runWorks(id, crossbar, many, works)
        .spans.slice(1)
        .flat()
        .filter(({ kind, die, peer }) => kind === 'load' && die !== peer).length
    const reduction = remoteReads('round-robin') / remoteReads('pred-only:replicas=unlimited')
    const closedForm = steps / (dies * (1 - (1 - 1 / dies) ** steps))
    expect(Math.abs(reduction / closedForm - 1)).toBeLessThan(0.03)
  })
})

describe('a model that does not fit', () => {
  // Kimi K2 at two bytes a weight needs 81 GB on a die of 72 GB (forecasting sheet 2.4).
  const contextOf = async (compat: Compat) => {
    const kimi = await loadModel(bundledIo(), 'kimi-k2')
    const dojo = await loadHardware(bundledIo(), 'dojo-5x5', [], kimi)
    return packageOf({ hardware: dojo, model: kimi, compat })
  }

  it.each(['round-robin', 'ep', 'pred-only', 'allo-only', 'allo-pred'])(
    'is refused by %s with what it needs and what there is, but not in the published setting',
    async (name) => {
      const create = async (compat: Compat) => {
        const { resolved } = resolveScheduler({ name, options: {} }, compat)
        return schedulers[resolved!.scheduler]!.create(resolved!.options, await contextOf(compat))
      }
      await expect(create('physical')).rejects.toThrow(
        /kimi-k2 in the memory of dojo-5x5 needs 8\d\.?\d* GB on a die.*72(\.0)? GB/,
      )
      expect((await create('paper')).slices).toBe(3)
    },
  )
})

describe('reading ahead into memory', () => {
  const model = tinyModel(16, 3)
  const steps = [decodeStep([5], 16)]

  it('is refused where all dies share the memory, in words that say what to do', () => {
    const shared = madeUp.find(({ name }) => name === 'shared-2x2')!
    expect(() => runWorks('forecast-prefetch:ahead=1,into=memory', shared, model, steps)).toThrow(
      /memory of shared-2x2 is shared.*into=sram/s,
    )
    expect(() => runWorks('forecast-prefetch:ahead=1,into=memory', crossbar, model, steps)).not.toThrow()
  })
})

// A die's kernels started once for all its experts: when that is done, and what it takes.
import { describe, expect, it } from 'vitest'
import { durationPs } from '../../../src/engine/loop.ts'
import { kernelMemory, kernelPs, kernelShape, kernelTime } from '../../../src/hardware/kernel.ts'
import { type Compat, packageOf } from '../../../src/hardware/package.ts'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { idleLaunch } from '../../../src/schedulers/ep/kernels.ts'
import { splitSchedulerText } from '../../../src/schedulers/options.ts'
import type { RunOutline } from '../../../src/schedulers/scheduler.ts'
import { resolveScheduler } from '../../../src/schedulers/table.ts'
import { expertTokens, pairCount } from '../../../src/schedulers/work.ts'
import { kernelMachines, madeUp } from '../machines.ts'
import { modelOf, runWorks, type Story, worksOf } from '../stories.ts'

const nodes = kernelMachines.find(({ name }) => name === 'kernels-2-nodes-of-2x2')!
const oneDie: HardwareSpec = {
  ...nodes,
  topology: { kind: 'crossbar', dies: 1 },
  memory: { ...nodes.memory, channelDies: [0] },
}
const story: Story = { experts: 6, topK: 2, requests: 8, prefill: 4, decode: 2, skew: 1, seed: 5 }

function run(scheduler: string, hardware: HardwareSpec) {
  const works = worksOf(story, buildTopology(hardware.topology))
  return { works, ...runWorks(scheduler, hardware, modelOf(story), works) }
}

it('one die takes as long as the kernel model says of the same tokens', () => {
  const { works, latenciesPs } = run('ep', oneDie)
  const { compute } = oneDie
  if (compute.kind !== 'kernel') throw new Error('no kernels')
  const model = modelOf(story)
  const expectedPs = works.map((work) => {
    const pairs = work.tokens * story.topK
    const expertRows = work.activeExperts.map((expert) => expertTokens(work, expert))
    const meanRows = pairs / story.experts
    const kernelWork = { expertRows, meanRows, pairs, tokens: work.tokens }
    return durationPs(kernelPs(kernelTime(compute, kernelMemory(oneDie), kernelShape(model), kernelWork)), 1)
  })
  expect(latenciesPs).toEqual(expectedPs)
})

it('a batch whose tokens all rest where they are computed is followed by the next at once', () => {
  const { works, spans } = run('ep:dispatch=die,batches=2', oneDie)
  const computed = spans.map((ofIteration) =>
    ofIteration.reduce((sum, { kind, tokens }) => sum + (kind === 'compute' ? tokens : 0), 0),
  )
  expect(computed).toEqual(works.map(pairCount))
})

describe('auto', () => {
  it('launches where the compute model is kernel: no weight rests on a die', () => {
    const { latenciesPs, machine } = run('ep', nodes)
    expect(latenciesPs).toEqual(run('ep:launch=die', nodes).latenciesPs)
    expect(machine.sram.counters.dieBytes.peak).toBe(0)
    expect(run('ep:launch=expert', nodes).machine.sram.counters.dieBytes.peak).toBeGreaterThan(0)
  })

  it.each(['prefetch=1', 'slices=2'])('goes expert by expert with %s', (option) => {
    const { latenciesPs } = run(`ep:${option}`, nodes)
    expect(latenciesPs).toEqual(run(`ep:${option},launch=expert`, nodes).latenciesPs)
  })

  it('goes expert by expert where memory is shared between dies', () => {
    const shared: HardwareSpec = { ...nodes, memory: { ...nodes.memory, shared: true } }
    expect(run('ep', shared).latenciesPs).toEqual(run('ep:launch=expert', shared).latenciesPs)
  })
})

describe('launch=die is refused', () => {
  it.each(['shared-2x2', 'own-corners-3x3'])('on %s', (name) => {
    const hardware = madeUp.find((machine) => machine.name === name)!
    expect(() => run('ep:launch=die', hardware)).toThrow(/compute model kernel/)
  })

  it.each(['prefetch=1', 'slices=2'])('with %s', (option) => {
    const { findings } = resolveScheduler(splitSchedulerText(`ep:launch=die,${option}`)!, 'physical')
    expect(findings).toMatchObject([{ code: 'conflict' }])
  })

  it.each(['launch=die', 'dispatch=die'])('as %s under compat: paper', (option) => {
    expect(resolveScheduler(splitSchedulerText(`ep:${option}`)!, 'paper').findings).toMatchObject([
      { code: 'conflict' },
    ])
  })
})

it('an exchange is started once on each die that sends, before its first message', () => {
  const startup = (exchangePs: number): HardwareSpec => ({
    ...nodes,
    link: {
      ...nodes.link,
      startup: { messagePs: 0, exchangePs },
      outer: { ...nodes.link.outer!, messagePs: 0 },
    },
  })
  const firstSends = (exchangePs: number) =>
    run('ep:dispatch=die', startup(exchangePs)).spans.map((spans) => {
      const first = new Map<number, number>()
      for (const { kind, die, startPs } of spans) {
        if (kind === 'send') first.set(die, Math.min(first.get(die) ?? Infinity, startPs))
      }
      return first
    })
  const [with5000, without] = [firstSends(5000), firstSends(0)]
  expect([...with5000[0]!.keys()].sort()).toEqual([...without[0]!.keys()].sort())
  for (const [die, ps] of with5000[0]!) expect(ps).toBe(without[0]!.get(die)! + 5000)
})

it('launch=expert changes nothing where experts are launched one by one anyway', () => {
  const idle = (
    change: Partial<Parameters<typeof idleLaunch>[0]>,
    hardware = nodes,
    compat: Compat = 'physical',
  ) => {
    const options = {
      launch: 'expert',
      dispatch: 'expert',
      sends: 'all',
      batches: 1,
      prefetch: 0,
      slices: 1,
    } as const
    const pkg = packageOf({ hardware, model: modelOf(story), compat })
    return idleLaunch({ ...options, ...change }, { ...pkg, compat } as RunOutline).flatMap(
      ({ names }) => names,
    )
  }
  expect(idle({})).toEqual([])
  expect(idle({ launch: 'auto', prefetch: 1 })).toEqual([])
  for (const change of [{ prefetch: 1 }, { slices: 2 }]) expect(idle(change)).toEqual(['launch'])
  expect(idle({}, nodes, 'paper')).toEqual(['launch'])
  expect(idle({}, madeUp[0]!)).toEqual(['launch'])
})

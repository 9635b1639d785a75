// adaptive on single layers: tokens once for each die, results home as sums, copies as there is room, errors where nothing fits.
import { describe, expect, it } from 'vitest'
import { UserError } from '../../../src/errors.ts'
import { packageOf } from '../../../src/hardware/package.ts'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { expertBytes } from '../../../src/model/shape.ts'
import { sliceCosts } from '../../../src/schedulers/adaptive/costs.ts'
import { loneLaunchPs, typicalLaunchPs } from '../../../src/schedulers/adaptive/launch-costs.ts'
import { loneSlicesPs } from '../../../src/schedulers/adaptive/pieces.ts'
import type { LayerWork } from '../../../src/schedulers/work.ts'
import type { Span } from '../../../src/sim/probe.ts'
import { kernelMachines, madeUp } from '../machines.ts'
import { modelOf, runWorks, type Story, worksOf } from '../stories.ts'

const story: Story = { experts: 8, topK: 3, requests: 12, prefill: 4, decode: 1, skew: 1, seed: 5 }
const model = modelOf(story)
const machine = (name: string) => madeUp.find((one) => one.name === name)!
const ownMemory = machine('own-memory-5x5')

function run(scheduler: string, hardware: HardwareSpec) {
  const works = worksOf(story, buildTopology(hardware.topology))
  return { works, result: runWorks(scheduler, hardware, model, works) }
}

/** (token, die) of which the die computes some of the token's experts, and the token rests elsewhere. */
function guestsIn(work: LayerWork, spans: readonly Span[]): number {
  const computedOn = new Map<number, Set<number>>()
  for (const { kind, die, expert } of spans) {
    if (kind === 'compute') computedOn.set(die, (computedOn.get(die) ?? new Set()).add(expert))
  }
  let guests = 0
  for (let token = 0; token < work.tokens; token++) {
    const chosen = work.choices.subarray(token * work.topK, (token + 1) * work.topK)
    for (const [die, experts] of computedOn) {
      if (die !== work.restingDie[token] && chosen.some((expert) => experts.has(expert))) guests++
    }
  }
  return guests
}

const tokensSent = (spans: readonly Span[]) =>
  spans.filter(({ kind, slice }) => kind === 'send' && slice < 0).reduce((sum, { tokens }) => sum + tokens, 0)

describe('adaptive', () => {
  it('gathers each token once for each die that computes it', () => {
    const { works, result } = run('adaptive', ownMemory)
    works.forEach((work, i) => {
      expect(tokensSent(result.spans[i]!)).toBe(guestsIn(work, result.spans[i]!))
    })
  })

  it('sends as many results home as it has gathered tokens', () => {
    const { works, result } = run('adaptive:combine=true', ownMemory)
    works.forEach((work, i) => {
      expect(tokensSent(result.spans[i]!)).toBe(2 * guestsIn(work, result.spans[i]!))
    })
  })

  it('cuts experts over several dies where there are fewer experts than dies', () => {
    const { result } = run('adaptive', ownMemory)
    const dies = new Set(result.spans[0]!.flatMap(({ kind, die }) => (kind === 'compute' ? [die] : [])))
    expect(dies.size).toBeGreaterThan(story.experts)
  })

  it('makes as many copies as there is room for', () => {
    const withRoom = (experts: number): HardwareSpec => ({
      ...machine('crossbar-8'),
      memory: { ...machine('crossbar-8').memory, capacityBytes: experts * expertBytes(model) },
    })
    const copies = (scheduler: string, experts: number) =>
      run(scheduler, withRoom(experts)).result.machine.holdings.counters.extraCopies
    expect(copies('adaptive', 2)).toBe(8)
    expect(copies('adaptive', 1)).toBe(0)
    expect(copies('adaptive:copies=3', 6)).toBe(24)
    expect(copies('adaptive:copies=0', 3)).toBe(0)
    expect(() => copies('adaptive', 0.5)).toThrow(UserError)
  })

  it('launches kernels once for each die where there are kernels, and shares the tokens of hot experts out', () => {
    const kernels = kernelMachines[0]!
    const { result } = run('adaptive', kernels)
    expect(result.machine.slices).toBe(1)
    const times = result.spans[0]!.filter(({ kind }) => kind === 'compute')
    expect(new Set(times.map(({ die }) => die)).size).toBe(buildTopology(kernels.topology).dies)
  })

  it('counts the experts of a launch together', () => {
    const context = packageOf({ hardware: kernelMachines[0]!, model, compat: 'physical' })
    const { compute } = context.hardware
    if (compute.kind !== 'kernel') throw new Error('a machine with kernels is not one')
    const launchPs = (activeExperts: number) =>
      typicalLaunchPs(context, compute, { allTokens: 64, activeExperts, tokens: 8 })
    const { dies } = context.topology
    expect(launchPs(8 * dies)).toBeGreaterThan(launchPs(dies))
    // Start-ups are shared by all experts of a launch.
    expect(launchPs(8 * dies)).toBeLessThan(8 * launchPs(dies))
  })

  it('weighs a launch of one die by the tokens of each of its experts', () => {
    const context = packageOf({ hardware: kernelMachines[0]!, model, compat: 'physical' })
    const { compute } = context.hardware
    if (compute.kind !== 'kernel') throw new Error('a machine with kernels is not one')
    const launchPs = (...tokens: number[]) => loneLaunchPs(context, compute, Int32Array.from(tokens))
    expect(launchPs(64, 64, 0, 0)).toBeGreaterThan(launchPs(128, 0, 0, 0))
    expect(launchPs(1, 0, 0, 0)).toBeGreaterThan(0)
    const costs = sliceCosts(context, 2)
    const [readPs, computePs] = [
      2 * (costs.readPs + costs.innerPs(3)) + costs.inputPs(3),
      2 * costs.computePs(3),
    ]
    expect(loneSlicesPs(context, Int32Array.of(0, 3), 2)).toBe(
      Math.max(readPs, computePs) + Math.min(readPs, computePs) / 2,
    )
  })

  it('names the expert whose tokens do not fit into SRAM', () => {
    const tiny: HardwareSpec = { ...machine('small-sram'), sramBytes: 2600 }
    expect(() => run('adaptive', tiny)).toThrow(/expert \d+/)
  })

  it('waits for its plan as long as it is told to', () => {
    const at = (scheduler: string) => run(scheduler, ownMemory).result.latenciesPs
    const plain = at('adaptive')
    expect(at('adaptive:planning=7')).toEqual(plain.map((ps) => ps + 7000))
  })
})

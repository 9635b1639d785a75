// The best of all schedules of a class, found by simulating each: what an optimum of a small layer is held against.
//
// A unit is a slice of an expert. Each is computed by one die for all tokens, or by every die for its own tokens; units are read,
// and computed where they are ready, in one order for the whole package. That is all that is left open: tokens are gathered at
// once, and every unit has room.
import { packageOf } from '../../src/hardware/package.ts'
import type { HardwareSpec } from '../../src/hardware/spec.ts'
import type { ModelShape } from '../../src/model/shape.ts'
import type { Machine, Scheduler } from '../../src/schedulers/scheduler.ts'
import { expertFrom, expertTo, type LayerWork, restingRuns } from '../../src/schedulers/work.ts'
import { LayerMachine } from '../../src/sim/machine/machine.ts'

export interface SmallCase {
  readonly hardware: HardwareSpec
  readonly model: ModelShape
  readonly work: LayerWork
  readonly slices: number
  readonly home: (expert: number) => number
}

interface Unit {
  readonly expert: number
  readonly slice: number
  /** The die that computes all tokens; undefined: each die its own. */
  readonly die: number | undefined
}

/** Part of a unit that one die computes. */
interface Job extends Unit {
  readonly at: number
  readonly fromPair: number
  readonly toPair: number
}

/** The least latency, in ps, and how many schedules were tried. */
export function bestOfAll(one: SmallCase): { ps: number; schedules: number; machine: LayerMachine } {
  const { work, slices } = one
  const units = work.activeExperts.flatMap((expert) =>
    Array.from({ length: slices }, (_, slice) => ({ expert, slice })),
  )
  const machine = machineOf(one, () => undefined)
  let ps = Infinity
  let schedules = 0
  for (const order of permutations(units)) {
    for (const dies of choices(units.length, work.dies)) {
      const placed = order.map((unit, i) => ({ ...unit, die: dies[i] }))
      ps = Math.min(ps, latencyOf(one, placed))
      schedules++
    }
  }
  return { ps, schedules, machine }
}

function* permutations<T>(items: readonly T[]): Generator<T[]> {
  if (items.length === 0) yield []
  for (const [i, item] of items.entries()) {
    for (const rest of permutations(items.toSpliced(i, 1))) yield [item, ...rest]
  }
}

function* choices(units: number, dies: number): Generator<(number | undefined)[]> {
  if (units === 0) {
    yield []
    return
  }
  for (const rest of choices(units - 1, dies)) {
    yield [undefined, ...rest]
    for (let die = 0; die < dies; die++) yield [die, ...rest]
  }
}

function machineOf(
  { hardware, model, slices, home }: SmallCase,
  act: (machine: Machine) => void,
): LayerMachine {
  const scheduler: Scheduler = { slices, home, startLayer: act }
  return new LayerMachine(packageOf({ hardware, model, compat: 'physical' }), scheduler)
}

function latencyOf(one: SmallCase, units: readonly Unit[]): number {
  return machineOf(one, (machine) => start(machine, jobsOf(one.work, units), one.home)).runIteration(one.work)
}

function jobsOf(work: LayerWork, units: readonly Unit[]): Job[] {
  return units.flatMap((unit) => {
    const [fromPair, toPair] = [expertFrom(work, unit.expert), expertTo(work, unit.expert)]
    if (unit.die !== undefined) return [{ ...unit, at: unit.die, fromPair, toPair }]
    return [...restingRuns(work, fromPair, toPair)].map(({ restingDie, ...pairs }) => ({
      ...{ ...unit, at: restingDie },
      ...pairs,
    }))
  })
}

function start(machine: Machine, jobs: readonly Job[], home: SmallCase['home']): void {
  /** Jobs of an expert on a die that still need the tokens gathered for it. */
  const users = new Map<string, number>()
  const gathered = new Map<string, { missing: number; whenHere: (() => void)[] }>()
  const keyOf = ({ expert, at }: Job) => `${expert} ${at}`
  for (const job of jobs) {
    const key = keyOf(job)
    users.set(key, (users.get(key) ?? 0) + 1)
    if (job.die === undefined || gathered.has(key)) continue
    const all = { missing: 0, whenHere: [] as (() => void)[] }
    gathered.set(key, all)
    const { expert, at: die, fromPair, toPair } = job
    for (const run of restingRuns(machine.work, fromPair, toPair)) {
      if (run.restingDie === die) continue
      all.missing++
      machine.gather({ expert, die, ...run }, () => {
        if (--all.missing === 0) for (const act of all.whenHere) act()
      })
    }
  }
  for (const job of jobs) {
    const { expert, slice, at: die, fromPair, toPair } = job
    const key = keyOf(job)
    const compute = () =>
      machine.compute({ expert, slice, die, fromPair, toPair }, () => {
        machine.releaseSlice(expert, slice, die)
        users.set(key, users.get(key)! - 1)
        if (users.get(key) === 0 && gathered.has(key)) machine.releaseTokens(expert, die)
      })
    machine.load({ expert, slice, channelDie: home(expert), die, tokens: toPair - fromPair }, () => {
      const tokens = gathered.get(key)
      if (job.die === undefined || tokens === undefined || tokens.missing === 0) compute()
      else tokens.whenHere.push(compute)
    })
  }
}

// What forecast-prefetch makes of replicas: a die holds an expert with all of its slices, and keeps what will be used most.
import { describe, expect, it } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import { splitSchedulerText } from '../../../src/schedulers/options.ts'
import type { Machine, Scheduler, SliceLoad } from '../../../src/schedulers/scheduler.ts'
import { resolveScheduler, schedulers } from '../../../src/schedulers/table.ts'
import type { LayerWork } from '../../../src/schedulers/work.ts'
import { frameHardware, tinyModel, workOf } from '../../helpers/frames.ts'
import { knowledgeOf } from '../../helpers/knowledge.ts'

const frames = frameHardware({ load: 1, hop: 20, compute: 10, pieces: 1 })
/** Two of eight experts at home on each of four dies. */
const hardware: HardwareSpec = {
  ...frames,
  topology: { kind: 'mesh', columns: 4, rows: 1, numbering: 'row-major' },
  memory: { ...frames.memory, shared: false },
}
const model = tinyModel(8, 1)
const context = packageOf({ hardware, model, compat: 'physical' })

/** So many tokens for experts 0, 1 and so on, in a decode step. */
function step(iteration: number, counts: readonly number[]): LayerWork {
  const choices = counts.flatMap((count, expert) => Array.from({ length: count }, () => [expert]))
  return { ...workOf(choices, 8, context.topology), iteration, phase: 'decode' }
}

function created(text: string, works: readonly LayerWork[]): Scheduler {
  const { scheduler, options } = resolveScheduler(splitSchedulerText(text)!, 'physical').resolved!
  const knowledge = knowledgeOf(works, false)
  return schedulers[scheduler]!.create(options, { ...context, knowledge })
}

/** Starts a layer in which all that is asked for arrives at once, and nothing is computed. Returns dies that load each expert. */
function start(scheduler: Scheduler, work: LayerWork, hasReplica: Machine['hasReplica']) {
  const loads: SliceLoad[] = []
  const kept: string[] = []
  const machine = {
    ...{ work, slices: scheduler.slices, ahead: { places: [], has: () => false }, hasReplica },
    staysAfar: () => false,
    collect: () => false,
    compute: () => undefined,
    keepReplica: (expert: number, slice: number, die: number) => {
      kept.push(`${expert}/${slice} on ${die}`)
      return true
    },
    load: (job: SliceLoad, arrived: () => void) => {
      loads.push(job)
      arrived()
    },
  } as unknown as Machine
  scheduler.startLayer(machine)
  const diesOf = (expert: number) => [
    ...new Set(loads.filter((load) => load.expert === expert).map(({ die }) => die)),
  ]
  return { diesOf, kept, loads }
}

// Where expert 0 keeps home at work, expert 1 is sooner on the next die, and its weights on their way in 20 ns.
const BUSY = [10, 50]
// Later it is computed at home by 30 ns, next door by 40 with weights sent, and by 20 without.
const CALM = [1, 2]
const predictor = 'predictor=popularity,predict=100'

describe('a die that fetched an expert from elsewhere', () => {
  it('keeps every slice of it, and computes it again while it has them all', () => {
    const works = [step(0, BUSY), step(1, CALM)]
    const scheduler = created(`forecast-prefetch:${predictor}`, works)
    expect(scheduler.slices).toBe(3)
    const first = start(scheduler, works[0]!, () => false)
    expect(first.diesOf(1)).toEqual([1])
    expect(first.kept).toEqual(['1/0 on 1', '1/1 on 1', '1/2 on 1'])
    const again = start(scheduler, works[1]!, (expert, _slice, die) => expert === 1 && die === 1)
    expect(again.diesOf(1)).toEqual([1])
    expect(again.loads.filter(({ expert }) => expert === 1).map(({ channelDie }) => channelDie)).toEqual([
      1, 1, 1,
    ])
    expect(again.kept).toEqual([])
  })

  it.each([0, 1, 2])('holds it no longer once slice %i had to leave', (lost) => {
    const works = [step(0, BUSY), step(1, CALM)]
    const scheduler = created(`forecast-prefetch:${predictor}`, works)
    start(scheduler, works[0]!, () => false)
    const left = (expert: number, slice: number, die: number) => expert === 1 && die === 1 && slice !== lost
    expect(start(scheduler, works[1]!, left).diesOf(1)).toEqual([0])
  })

  it('keeps nothing of it in a prompt, nor what is not foretold', () => {
    const works = [step(0, BUSY), step(1, CALM)]
    const prompt = { ...works[0]!, phase: 'prefill' as const }
    expect(start(created(`forecast-prefetch:${predictor}`, works), prompt, () => false).kept).toEqual([])
    const none = created('forecast-prefetch:predictor=none', works)
    expect(start(none, works[0]!, () => false).kept).toEqual([])
    const without = created('forecast-prefetch:retain=false', works)
    expect(start(without, works[0]!, () => false).kept).toEqual([])
  })
})

describe('a replica is worth', () => {
  it('the tokens that the next iteration is expected to bring its expert', () => {
    const works = [step(0, BUSY), step(1, [3, 1, 0, 0, 7]), step(2, [0, 5])]
    const scheduler = created('forecast-prefetch:evict=benefit,predictor=accuracy,recall=0.999999', works)
    const worth = () => [0, 1, 4].map((expert) => scheduler.replicaWorth!(expert, 1))
    start(scheduler, works[0]!, () => false)
    expect(worth()).toEqual([3, 1, 7])
    start(scheduler, works[1]!, () => false)
    expect(worth()).toEqual([0, 5, 0])
    // After the last iteration nothing is.
    start(scheduler, works[2]!, () => false)
    expect(worth()).toEqual([0, 0, 0])
  })

  it('the more the sooner an oracle sees it used', () => {
    const works = [step(0, CALM), step(1, [0, 0, 1]), step(2, CALM)]
    const scheduler = created('forecast-prefetch:predictor=oracle', works)
    start(scheduler, works[0]!, () => false)
    expect([0, 1, 2, 5].map((expert) => scheduler.replicaWorth!(expert, expert === 2 ? 1 : 0))).toEqual([
      -2,
      -2,
      -1,
      -Infinity,
    ])
    expect(created('forecast-prefetch', works).replicaWorth).toBeUndefined()
  })
})

describe('reading ahead is refused', () => {
  const on = (text: string, memory: Partial<HardwareSpec['memory']>) => () => {
    const { options } = resolveScheduler(splitSchedulerText(`forecast-prefetch:${text}`)!, 'physical')
      .resolved!
    const machine = { ...hardware, sramBytes: 2 ** 20, memory: { ...hardware.memory, ...memory } }
    return schedulers['forecast-prefetch']!.create(
      options,
      packageOf({ hardware: machine, model, compat: 'physical' }),
    )
  }
  const host = {
    name: 'host',
    way: 'pcie',
    capacityBytes: Infinity,
    bytesPerPs: 1,
    latencyPs: 0,
    startupPs: 0,
  }
  const tiers = [{ ...host, shared: true }]

  it('into memory that dies share, where no replica is of use', () => {
    for (const ahead of [1, 2]) {
      expect(on(`ahead=${ahead},into=memory`, { shared: true })).toThrow('the memory of frames is shared')
    }
    expect(on('ahead=1', { shared: true })).not.toThrow()
    expect(on('ahead=1,into=memory', {})).not.toThrow()
  })

  it('from memory where weights lie in a tier behind it, but for a cache in front', () => {
    expect(on('ahead=1', { tiers })).toThrow('the weights of frames lie in tier host')
    expect(on('ahead=1,into=memory', { tiers })).toThrow('the weights of frames lie in tier host')
    expect(on('ahead=1,into=cache,retain=false', { tiers, capacityBytes: 2 ** 20 })).not.toThrow()
    expect(on('retain=false', { tiers })).not.toThrow()
  })

  it('a cache that knows the next use, where several dies may have it', () => {
    const on =
      (dies: number, memory: Partial<HardwareSpec['memory']> = {}) =>
      () => {
        const { options } = resolveScheduler(
          splitSchedulerText('forecast-prefetch:cache=min,retain=false')!,
          'physical',
        ).resolved!
        const channelDies = [...Array(dies).keys()]
        const machine: HardwareSpec = {
          ...{ ...hardware, sramBytes: 2 ** 20, topology: { kind: 'crossbar', dies } },
          memory: { ...hardware.memory, channelDies, ...memory },
        }
        return schedulers['forecast-prefetch']!.create(
          options,
          packageOf({ hardware: machine, model, compat: 'physical' }),
        )
      }
    expect(on(1)).not.toThrow()
    for (const dies of [2, 3]) expect(on(dies)).toThrow('cache=min needs to know on which die')
    expect(on(2, { tiers, capacityBytes: 2 ** 20 })).not.toThrow()
  })
})

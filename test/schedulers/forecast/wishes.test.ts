// Which slices are read ahead, for which dies, where to and from where: by hand, on a row of four dies.
import { expect, it } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import { type AheadSetting, aheadReads, expectedWork } from '../../../src/schedulers/forecast/ahead-reads.ts'
import { expertTokens } from '../../../src/schedulers/work.ts'
import { frameHardware, tinyModel, workOf } from '../../helpers/frames.ts'

const frames = frameHardware({ load: 1, hop: 20, compute: 10, pieces: 1 })
const hardware: HardwareSpec = {
  ...frames,
  topology: { kind: 'mesh', columns: 4, rows: 1, numbering: 'row-major' },
  memory: { ...frames.memory, shared: false, channelDies: [0, 1] },
}
const context = packageOf({ hardware, model: tinyModel(8, 1), compat: 'physical' })
const HOME = [0, 0, 1, 1, 2, 2, 3, 3]
/** Weights of dies 2 and 3 lie behind die 1. */
const source = (expert: number) => Math.min(1, HOME[expert]!)
/** Twelve tokens come. */
const before = workOf(
  Array.from({ length: 12 }, () => [0]),
  8,
  context.topology,
)

function wishes(
  expected: readonly number[],
  change: Partial<AheadSetting> = {},
  hasReplica: (expert: number, slice: number, die: number) => boolean = () => false,
) {
  const setting: AheadSetting = {
    ...{ context, costs: { memoryPs: 1, hopPs: 20_000, tokenPs: 1 }, most: 8, perDie: 8 },
    ...{ into: 'sram', isCertain: false, ...change },
    tasks: { home: Int32Array.from(HOME), slices: 2, source },
  }
  const tokens = Float64Array.from(HOME, (_, expert) => expected[expert] ?? 0)
  return aheadReads(setting, tokens, before, { hasReplica }).map(
    ({ expert, slice, die, channelDie, into }) =>
      `${expert}/${slice} on ${die} from ${channelDie} into ${into}`,
  )
}
const both = (expert: number, die: number, channel: number) =>
  [0, 1].map((slice) => `${expert}/${slice} on ${die} from ${channel} into sram`)

it('all slices of the most expected experts come first, or of those computed first where all is certain', () => {
  const expected = [1, 4, 0, 2]
  expect(wishes(expected)).toEqual([...both(1, 0, 0), ...both(3, 1, 1), ...both(0, 0, 0)])
  expect(wishes(expected, { isCertain: true })).toEqual([
    ...both(0, 0, 0),
    ...both(1, 0, 0),
    ...both(3, 1, 1),
  ])
  expect(wishes(expected, { most: 2 })).toEqual([...both(1, 0, 0), ...both(3, 1, 1)])
})

it('no die is read more experts for than it may be', () => {
  expect(wishes([1, 4, 3, 2], { perDie: 1 })).toEqual([...both(1, 0, 0), ...both(2, 1, 1)])
})

it('a slice that the die has a replica of is read from there', () => {
  const has = (expert: number, slice: number, die: number) => expert === 4 && slice === 1 && die === 2
  expect(wishes([0, 0, 0, 0, 1], {}, has)).toEqual(['4/0 on 2 from 1 into sram', '4/1 on 2 from 2 into sram'])
})

it('into memory come what lies elsewhere, and is not there yet, for dies that have a memory', () => {
  // So much is expected of expert 0 that expert 1 goes next door.
  const costs = { memoryPs: 1, hopPs: 2, tokenPs: 1000 }
  const remote = { costs, into: 'memory' } as const
  expect(wishes([5, 7], remote)).toEqual([0, 1].map((slice) => `1/${slice} on 1 from 0 into memory`))
  const has = (expert: number, slice: number, die: number) => expert === 1 && slice === 0 && die === 1
  expect(wishes([5, 7], remote, has)).toEqual(['1/1 on 1 from 0 into memory'])
  expect(wishes([0, 0, 0, 0, 1], { into: 'memory' })).toEqual([])
})

it('what is expected is brought to as many pairs as come, of each expert one token at least', () => {
  const work = expectedWork(Float64Array.of(6, 2.9, 0, 0.01, 0, 0, 0, 0), before)
  expect([0, 1, 2, 3].map((expert) => expertTokens(work, expert))).toEqual([8, 4, 0, 1])
})

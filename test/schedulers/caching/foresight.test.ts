// What a cache is told of what is foretold: how much each expert is worth, and which to read before they are asked for.
import { expect, it } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import type { CacheRequest } from '../../../src/schedulers/caching/cache.ts'
import { CacheForesight, type ForesightSetting } from '../../../src/schedulers/caching/foresight.ts'
import type { Machine, SlicePlace } from '../../../src/schedulers/scheduler.ts'
import { frameHardware, tinyModel, workOf } from '../../helpers/frames.ts'

const hardware = frameHardware({ load: 1, hop: 1, compute: 1, pieces: 1 })
const far = { ...hardware, memory: { ...hardware.memory, channelDies: [3, 1] } }
const context = packageOf({ hardware: far, model: tinyModel(4, 1), compat: 'physical' })
/** One token for expert 1, three for expert 0, five for expert 2. */
const work = workOf([[1], [0], [0], [0], [2], [2], [2], [2], [2]], 4, context.topology)

/** Experts 0 and 1 are used on die 0, expert 2 on dies 0 and 1, all through the channel of die 1. */
const users = (expert: number) => (expert === 2 ? [0, 1] : [0]).map((die) => ({ die, channelDie: 1 }))

function foreseeing(cache: Partial<CacheRequest>, more: Partial<ForesightSetting> = {}, predict = 100) {
  const weighed: number[][] = []
  const foresight = new CacheForesight(
    { predictor: 'popularity', predict, recall: 1 },
    {
      ...{ context, slices: 3, perDie: 2, usersOf: () => users },
      cache: { policy: 'lru', place: 'sram', unit: 'expert', ...cache } as CacheRequest,
      ...more,
    },
  )
  const weighKept = (worth: Float64Array) => void weighed.push([...worth])
  const learn = () => foresight.start({ work, weighKept } as unknown as Machine)
  const wishes = (kept: readonly string[] = []) => {
    const keeps = ({ expert, slice, die }: SlicePlace) => kept.includes(`${expert}/${slice} on ${die}`)
    return foresight.wishes(work, 1, { weighKept, keeps })
  }
  const inWords = (kept?: readonly string[]) =>
    wishes(kept).map(({ expert, slice, die }) => `${expert}/${slice} on ${die}`)
  return { learn, wishes, inWords, weighed }
}

it('reads the most expected experts first, so many for each die, and none that it keeps already', () => {
  const { learn, inWords, wishes, weighed } = foreseeing({})
  learn()
  expect(inWords()).toEqual(['2/0 on 0', '2/0 on 1', '0/0 on 0'])
  // What is kept leaves its place to the next one.
  expect(inWords(['2/0 on 0'])).toEqual(['2/0 on 1', '0/0 on 0', '1/0 on 0'])
  expect(wishes()[0]).toEqual({ expert: 2, slice: 0, die: 0, channelDie: 1, into: 'cache' })
  expect(weighed).toEqual([])
})

it('reads as many experts as are predicted', () => {
  const { learn, inWords } = foreseeing({}, { perDie: 9 }, 50)
  learn()
  expect(inWords()).toEqual(['2/0 on 0', '2/0 on 1', '0/0 on 0'])
})

it('reads the slices that are missing where these come and go by themselves', () => {
  const { learn, inWords } = foreseeing({ unit: 'slice' }, { perDie: 1 })
  learn()
  expect(inWords(['2/1 on 0'])).toEqual(['2/0 on 0', '2/2 on 0', '2/0 on 1', '2/1 on 1', '2/2 on 1'])
})

it('a cache in memory is that of the channel, or the first one, and is asked once for all who read through it', () => {
  const one = foreseeing({ place: 'memory' }, { perDie: 9 })
  one.learn()
  expect(one.inWords()).toEqual(['2/0 on 1', '0/0 on 1', '1/0 on 1'])
  const any = (expert: number) => users(expert).map(({ die }) => ({ die, channelDie: undefined }))
  const other = foreseeing({ place: 'memory' }, { usersOf: () => any })
  other.learn()
  expect(other.inWords()).toEqual(['2/0 on 3', '0/0 on 3'])
})

it('weighs what is kept by its share of what is expected, which is nothing at first', () => {
  const { learn, inWords, weighed } = foreseeing({ policy: 'benefit' })
  expect(inWords()).toEqual([])
  learn()
  inWords()
  const shares = [3 / 9, 1 / 9, 5 / 9, 0]
  expect(weighed).toEqual([[0, 0, 0, 0], shares, shares])
})

// A run that reads weights anew which its dies could have kept says so.
import { expect, it } from 'vitest'
import type { HardwareSpec } from '../../src/hardware/spec.ts'
import { expertBytes } from '../../src/model/shape.ts'
import { idleRoom } from '../../src/run/idle-room.ts'
import { splitSchedulerText } from '../../src/schedulers/options.ts'
import { resolveScheduler } from '../../src/schedulers/table.ts'
import { frameHardware, tinyModel } from '../helpers/frames.ts'

const model = tinyModel(40, 1)
const hardware = frameHardware({ load: 1, hop: 1, compute: 1, pieces: 1 })
const experimentOf = (texts: readonly string[], own: Partial<HardwareSpec>) => ({
  model,
  compat: 'physical' as const,
  hardware: { ...hardware, ...own },
  schedulers: texts.map((text) => resolveScheduler(splitSchedulerText(text)!, 'physical').resolved!),
})

const threeExperts = { sramBytes: 3 * expertBytes(model) }

it('names the schedulers that forget, and what there is room for', () => {
  const warning = idleRoom(experimentOf(['ep', 'ep:cache=lru', 'fse-dp'], threeExperts), 2)
  expect(warning).toMatchObject({
    severity: 'warning',
    args: {
      what: expect.stringMatching(/room for 3 of its 10 experts of tiny, and ep, fse-dp read them anew/),
    },
  })
})

it('never says that there is room for more experts than a die has', () => {
  const warning = idleRoom(experimentOf(['ep'], { sramBytes: 300 * expertBytes(model) }), 2)
  expect(warning).toMatchObject({ args: { what: expect.stringContaining('room for 10 of its 10 experts') } })
})

it.each([
  ['keeps them', ['ep:cache=lru'], threeExperts, 2],
  ['has one iteration', ['ep'], threeExperts, 1],
  ['has room for one expert only', ['ep'], { sramBytes: 2 * expertBytes(model) - 1 }, 2],
  ['has unlimited SRAM, whose fill is a measurement', ['ep'], { sramBytes: Infinity }, 2],
  [
    'has a cache that other work runs through',
    ['ep'],
    {
      ...threeExperts,
      llc: { capacityBytes: threeExperts.sramBytes, ways: 1, hitPs: 1, missPs: 1, writePs: 1 },
    },
    2,
  ],
])('says nothing where the run %s', (_, texts, own, iterations) => {
  expect(idleRoom(experimentOf(texts, own), iterations)).toBeUndefined()
})

// What a compute unit did with its time: by hand on small intervals, and that every moment is counted once.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { unitTimes } from '../../src/observe/waits.ts'

const none = { computePs: 0, memoryPs: 0, messagePs: 0, bothPs: 0, turnPs: 0, overPs: 0 }

test('a moment without a job counts as what is under way for the die', () => {
  const times = unitTimes(
    {
      compute: [40, 50, 60, 70],
      memory: [0, 20, 55, 58],
      messages: [10, 30],
    },
    100,
  )
  // 0-10 memory, 10-20 both, 20-30 message, 30-40 turn, 40-50 job, 50-55 turn, 55-58 memory, 58-60 turn, 60-70 job.
  expect(times).toEqual({
    ...{ computePs: 20, memoryPs: 13, messagePs: 10, bothPs: 10, turnPs: 17, overPs: 30 },
  })
})

test('a job hides what is under way behind it', () => {
  expect(unitTimes({ compute: [0, 10], memory: [0, 10], messages: [2, 8] }, 10)).toEqual({
    ...none,
    computePs: 10,
  })
})

test('after the last job everything is over, whatever is still on its way', () => {
  expect(unitTimes({ compute: [0, 10], memory: [8, 30], messages: [] }, 50)).toEqual({
    ...none,
    ...{ computePs: 10, overPs: 40 },
  })
})

test('a die without a job has nothing to wait for', () => {
  expect(unitTimes({ compute: [], memory: [], messages: [5, 10] }, 50)).toEqual({ ...none, overPs: 50 })
})

const intervals = fc
  .array(fc.tuple(fc.nat(500), fc.nat(100)), { maxLength: 12 })
  .map((pairs) => pairs.flatMap(([start, length]) => [start, start + length]))
const covered = (times: readonly number[], ps: number) =>
  times.some((start, i) => i % 2 === 0 && start <= ps && ps < times[i + 1]!)

test('every moment is counted once, as what covers it', () => {
  fc.assert(
    fc.property(intervals, intervals, intervals, (compute, memory, messages) => {
      const last = Math.max(0, ...compute)
      const expected: Record<keyof typeof none, number> = { ...none }
      for (let ps = 0; ps < 700; ps++) {
        const [isRead, isComing] = [covered(memory, ps), covered(messages, ps)]
        if (ps >= last) expected.overPs++
        else if (covered(compute, ps)) expected.computePs++
        else if (isRead && isComing) expected.bothPs++
        else if (isRead) expected.memoryPs++
        else if (isComing) expected.messagePs++
        else expected.turnPs++
      }
      expect(unitTimes({ compute, memory, messages }, 700)).toEqual(expected)
    }),
  )
})

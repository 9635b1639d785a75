// Tasks and the experts that all of them use, worked out by hand.
import { expect, test } from 'vitest'
import { MeasureSheet } from '../../../src/trace/statistics/measure.ts'
import {
  commonByChance,
  commonExperts,
  setTasks,
  sharedExperts,
  tasksOf,
} from '../../../src/trace/statistics/tasks.ts'

const request = (id: string) => ({ id, prefillTokens: 1, tokens: 1 })
/** Counts in which these experts of 40 are the ten hottest. */
const hot = (from: number) =>
  Float64Array.from({ length: 40 }, (_, e) => (e >= from && e < from + 10 ? 9 : 1))

test('a task is the folder in the ids of its requests', () => {
  const table = tasksOf(['math/0', 'law/0', 'math/1'].map(request))!
  expect(table.tasks).toEqual(['math', 'law'])
  expect([...table.taskOfRequest]).toEqual([0, 1, 0])
})

test('one task alone, or a request without one, makes no tasks', () => {
  expect(tasksOf(['math/0', 'math/1'].map(request))).toBeUndefined()
  expect(tasksOf(['math/0', 'law'].map(request))).toBeUndefined()
})

test('common experts are in the top 10 of at least 90 % of the tasks', () => {
  const ten = [...Array.from({ length: 9 }, () => hot(0)), hot(20)]
  expect(commonExperts(ten)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(commonExperts([...ten, hot(20)])).toEqual([])
  expect(commonExperts([hot(0), hot(6)])).toEqual([6, 7, 8, 9])
})

test('by chance an expert is in every top 10 with (10 / E)^tasks', () => {
  expect(commonByChance(40, 2)).toBeCloseTo(40 / 16, 10)
  expect(commonByChance(8, 5)).toBe(8)
})

test('folders of tasks are groups, such as two languages, and what these share is named', () => {
  const table = tasksOf(['en/math/0', 'en/law/0', 'zh/math/0', 'zh/law/0'].map(request))!
  const sheet = new MeasureSheet()
  const counts = [hot(0), hot(2), hot(6), hot(8)]
  const groups = setTasks(sheet, table, counts, [hot(0), hot(0), hot(0), hot(0)])
  expect(groups).toEqual([
    { group: 'en', tasks: 2, commonExperts: [2, 3, 4, 5, 6, 7, 8, 9] },
    { group: 'zh', tasks: 2, commonExperts: [8, 9, 10, 11, 12, 13, 14, 15] },
  ])
  expect(sharedExperts(groups)).toEqual([8, 9])
  expect(sheet.measures['common-experts']!.all).toMatchObject({ value: 2, shuffled: 10 })
})

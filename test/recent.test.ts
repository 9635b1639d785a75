// A small memory: what it keeps, and what it forgets first.
import { expect, test } from 'vitest'
import { Recent } from '../src/recent.ts'

function recorder(most: number) {
  const made: string[] = []
  const recent = new Recent<string, string>(most)
  const get = (key: string) =>
    recent.get(key, () => {
      made.push(key)
      return key.toUpperCase()
    })
  return { made, get }
}

test('what is kept is not made again', () => {
  const { made, get } = recorder(2)
  expect(['a', 'b', 'a', 'b'].map(get)).toEqual(['A', 'B', 'A', 'B'])
  expect(made).toEqual(['a', 'b'])
})

test('what was not asked for the longest is forgotten first', () => {
  const { made, get } = recorder(2)
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) get(key)
  expect(made).toEqual(['a', 'b', 'c', 'b'])
})

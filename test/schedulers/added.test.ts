// Schedulers that do not come with moesim: under which names they are added, and what is said when they fail.
import { afterEach, expect, it } from 'vitest'
import { UserError } from '../../src/errors.ts'
import { asDoneBy, explainBy } from '../../src/schedulers/added.ts'
import { addScheduler, isAdded, schedulers } from '../../src/schedulers/table.ts'

const definition = schedulers.tp!
const NAME = 'Mine-2_b'

// Other tests go through the table.
afterEach(() => {
  delete (schedulers as Record<string, unknown>)[NAME]
})

it('one is added under a name of its own, once', () => {
  expect(addScheduler(NAME, definition)).toBe(true)
  expect(schedulers[NAME]).toBe(definition)
  expect([isAdded(NAME), isAdded('tp')]).toEqual([true, false])
  expect(addScheduler(NAME, definition)).toBe(false)
})

it.each(['tp', 'allo-only', '', '2b', 'a b', '-a', 'a:b'])('none is added as "%s"', (name) => {
  const names = Object.keys(schedulers)
  expect(addScheduler(name, definition)).toBe(false)
  expect(Object.keys(schedulers)).toEqual(names)
})

/** What is thrown, by a scheduler that throws an error. */
function thrownBy(scheduler: string, error: Error): unknown {
  try {
    return asDoneBy(scheduler, () => {
      throw error
    })
  } catch (thrown) {
    return thrown
  }
}

it('what fails in it is said as whoever added it says it, and what is wrong with the input as it is', () => {
  const [asked, said] = [new UserError([]), new UserError([])]
  const bug = new RangeError('a slice too many')
  expect(thrownBy('added-unexplained', bug)).toBe(bug)
  explainBy('added-explained', (error) => {
    expect(error).toBe(bug)
    return said
  })
  expect(thrownBy('added-explained', bug)).toBe(said)
  expect(thrownBy('added-explained', asked)).toBe(asked)
  expect(asDoneBy('added-explained', () => 7)).toBe(7)
})

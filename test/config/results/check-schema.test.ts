// What a check file may hold: one of each at least, and nothing that is empty.
import { expect, test } from 'vitest'
import { checkSchema } from '../../../src/config/results/check-schema.ts'

/** One case that runs one scheduler, one metric, one limit, and names of one letter. */
const least = {
  schemaVersion: 1,
  tolerance: 0,
  tolerances: { a: 1 },
  metrics: ['m'],
  cases: [
    {
      name: 'n',
      run: { experiment: 'e', schedulers: ['s'], set: [] },
      limits: { s: ['l'] },
      results: { s: { m: 1 } },
    },
  ],
}
const [only] = least.cases
const withCase = (changes: object) => ({ ...least, cases: [{ ...only, ...changes }] })

test('one of each is enough', () => {
  expect(checkSchema.safeParse(least).error?.issues).toBeUndefined()
})

test.each<[string, object, string]>([
  ['another version', { ...least, schemaVersion: 2 }, '1'],
  ['no case', { ...least, cases: [] }, 'a list of at least one case'],
  ['no metric', { ...least, metrics: [] }, 'a list of at least one metric'],
  ['no scheduler', withCase({ run: { schedulers: [] } }), 'a list of at least one scheduler'],
  ['no limit of a scheduler', withCase({ limits: { s: [] } }), 'a list of limits such as speedup >= 1.2'],
  ['a limit without text', withCase({ limits: { s: [''] } }), 'a text'],
  ['a name without text', withCase({ name: '' }), 'a text'],
  ['a tolerance above all', { ...least, tolerance: 1.01 }, 'a share from 0 to 1, such as 0.02 for 2 %'],
  [
    'a tolerance below none',
    { ...least, tolerances: { a: -0.01 } },
    'a share from 0 to 1, such as 0.02 for 2 %',
  ],
  ['a result without number', withCase({ results: { s: { m: '1' } } }), 'a number'],
])('%s is refused with what it should be', (_, file, message) => {
  expect(checkSchema.safeParse(file).error?.issues.map((issue) => issue.message)).toEqual([message])
})

// Which values the options of schedulers take, and what they are where nothing is said, as it was when last looked at.
import { expect, test } from 'vitest'
import { allowedValues } from '../../src/schedulers/options.ts'
import { schedulers } from '../../src/schedulers/table.ts'

test('options take what they took, and have the defaults that they had (vitest -u records it anew)', async () => {
  const lines = Object.entries(schedulers).flatMap(([name, { options, paperDefaults = {} }]) => [
    `${name} ${JSON.stringify(paperDefaults)}`,
    ...Object.entries(options).map(([key, spec]) => `  ${key}=${spec.default}: ${allowedValues(spec)}`),
  ])
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('recorded-options.txt')
})

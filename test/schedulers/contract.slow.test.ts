// The contract of every scheduler and preset on the bundled machines, which are large, and with each option changed.
import { describe } from 'vitest'
import { testContract, testRepetition } from './contract.ts'
import { bundled, madeUp } from './machines.ts'
import { changedEntries, entries } from './stories.ts'

describe.each(entries())('%s', (scheduler) => {
  testContract(scheduler, bundled)
})

describe.each(changedEntries())('%s', (scheduler) => {
  testContract(scheduler, madeUp)
  testRepetition(scheduler, madeUp)
})

// The contract of every scheduler and preset as it is in the tables, on small made-up machines.
import { describe } from 'vitest'
import { testContract, testRepetition } from './contract.ts'
import { madeUp } from './machines.ts'
import { entries } from './stories.ts'

describe.each(entries())('%s', (scheduler) => {
  testContract(scheduler, madeUp)
  testRepetition(scheduler, madeUp)
})

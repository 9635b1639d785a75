// The contract of every scheduler and preset as it is in the tables, on small machines.
import { describe } from 'vitest'
import { testContract, testRepetition } from './contract.ts'
import { small } from './machines.ts'
import { entries } from './stories.ts'

describe.each(entries())('%s', (scheduler) => {
  testContract(scheduler, small, 3)
  testRepetition(scheduler, small)
})

// The contract of every scheduler and preset on large machines, and with each option changed.
import { describe } from 'vitest'
import { testContract, testRepetition } from './contract.ts'
import { kernelMachines, large, madeUp } from './machines.ts'
import { changedEntries, entries } from './stories.ts'

describe.each(entries())('%s', (scheduler) => {
  testContract(scheduler, large, 2)
})

describe.each(changedEntries())('%s', (scheduler) => {
  testContract(scheduler, [...madeUp, ...kernelMachines], 1)
  testRepetition(scheduler, [...madeUp, ...kernelMachines])
})

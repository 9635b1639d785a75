// The contract of every scheduler and preset on large machines, and with each option changed.
import { describe } from 'vitest'
import { testContract, testRepetition } from './contract.ts'
import { kernelMachines, large, madeUp } from './machines.ts'
import { changedEntries, entries } from './stories.ts'

describe.each(entries())('%s', (scheduler) => {
  testContract(scheduler, large)
})

describe.each(changedEntries())('%s', (scheduler) => {
  testContract(scheduler, [...madeUp, ...kernelMachines])
  testRepetition(scheduler, [...madeUp, ...kernelMachines])
})

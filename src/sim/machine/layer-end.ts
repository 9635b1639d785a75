// What must hold when a layer's last event is over: all work done, all buffers empty; else who waits for what.
import { Bug, fail, invariant } from '../../errors.ts'
import type { Fabric } from '../../hardware/fabric.ts'
import type { Scheduler } from '../../schedulers/scheduler.ts'
import type { Ledger } from './ledger.ts'
import type { Residency } from './residency.ts'
import type { Sram } from './sram.ts'

const MOST_LINES = 5

/** Throws UserError where the work is stuck for want of SRAM, Bug for anything else that is not as it must be. */
export function assertComplete(
  ledger: Ledger,
  residency: Residency,
  sram: Sram,
  fabric: Fabric,
  scheduler: Scheduler,
): void {
  const sramWaits = sram.waits()
  if (ledger.doneUnits < ledger.units) {
    if (sramWaits.length > 0) {
      fail('capacity', {
        what: 'the run stopped making progress: this work',
        needs: `more SRAM (${sramWaits.slice(0, MOST_LINES).join('; ')})`,
        has: 'no buffer that will be freed',
        hint: 'use a larger "sram", fewer tokens, smaller pieces (the scheduler\'s slices option) or less prefetch',
      })
    }
    const reasons = [
      ...ledger.missing(MOST_LINES),
      ...(scheduler.waits?.() ?? []).slice(0, MOST_LINES),
      ...(fabric.waiting() > 0 ? [`${fabric.waiting()} messages wait for a link`] : []),
    ]
    throw new Bug(
      `the run stopped with ${ledger.units - ledger.doneUnits} units of work undone: ${reasons.join('; ')}`,
    )
  }
  invariant(
    sramWaits.length === 0,
    () => `buffers are still waited for at a layer's end: ${sramWaits.join('; ')}`,
  )
  invariant(residency.slicesLeft === 0, () => `${residency.slicesLeft} weight slices were left in buffers`)
}

/** Asked when the resting tokens have left too. */
export function assertEmpty(sram: Sram, layer: number, dies: number): void {
  for (let die = 0; die < dies; die++) {
    const isEmpty = sram.usedBytes(die) === 0
    invariant(isEmpty, () => `layer ${layer}: die ${die} still holds buffers at the end`)
  }
}

// Where schedulers keep experts under each of their options on small machines, and which they refuse there, as it was when last looked at.
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { describe as inWords, UserError } from '../../src/errors.ts'
import { packageOf } from '../../src/hardware/package.ts'
import type { HardwareSpec } from '../../src/hardware/spec.ts'
import { splitSchedulerText } from '../../src/schedulers/options.ts'
import { resolveScheduler, schedulers } from '../../src/schedulers/table.ts'
import { kernelMachines, madeUp } from './machines.ts'
import { schedulerTexts } from './recorded-texts.ts'
import { modelOf } from './stories.ts'

/** Beside room for all that is wanted, so little of it that something does not fit. */
const MACHINES: readonly HardwareSpec[] = [...madeUp, ...kernelMachines].flatMap((hardware) => [
  hardware,
  { ...hardware, name: `${hardware.name} with little SRAM`, sramBytes: 40_000 },
])
/** What adaptive tries out before it has cut experts takes longest. */
const machinesPerText = (text: string) => (text.startsWith('adaptive') ? 1 : 4)
const model = {
  ...modelOf({ experts: 10, topK: 2, requests: 1, prefill: 1, decode: 0, skew: 0, seed: 1 }),
  layers: 2,
  moeLayers: [0, 1],
}
const digest = (what: unknown) => createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 8)

function lineOf(text: string, hardware: HardwareSpec): string {
  const { resolved } = resolveScheduler(splitSchedulerText(text)!, 'physical')
  try {
    const { options, scheduler } = resolved!
    const created = schedulers[scheduler]!.create(options, packageOf({ hardware, model, compat: 'physical' }))
    const { slices, cache, replicaBudgetBytes } = created
    const places = Array.from({ length: model.experts * slices }, (_, at) => {
      const [expert, slice] = [Math.floor(at / slices), at % slices]
      return [created.home(expert, slice), ...(created.copies?.(expert, slice) ?? [])]
    })
    const kept = cache === undefined ? '' : `, cache ${JSON.stringify(cache)}`
    const replicas = replicaBudgetBytes === undefined ? '' : `, ${replicaBudgetBytes} B for replicas`
    return `${slices} slices on ${digest(places)}${kept}${replicas}`
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return error.diagnostics.map(inWords).join(' / ')
  }
}

test('schedulers keep experts where they did, or refuse to (vitest -u records it anew)', async () => {
  const texts = schedulerTexts().filter(
    (text) => resolveScheduler(splitSchedulerText(text)!, 'physical').resolved !== undefined,
  )
  const lines = texts.flatMap((text, t) =>
    Array.from({ length: machinesPerText(text) }, (_, turn) => {
      const hardware = MACHINES[(t * machinesPerText(text) + turn) % MACHINES.length]!
      return `${text} on ${hardware.name}: ${lineOf(text, hardware)}`
    }),
  )
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('recorded-created.txt')
})

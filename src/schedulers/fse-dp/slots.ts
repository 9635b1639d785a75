// How many micro-slices the dies have room for beside the tokens that rest on them.
import { fail } from '../../errors.ts'
import { expertBytes, tokenBytes } from '../../model/shape.ts'
import type { Machine, SchedulerContext } from '../scheduler.ts'
import type { LayerWork } from '../work.ts'

/** Slots by die: as many as asked for, or as many as its SRAM has room for. UserError where nothing could be loaded. */
export function slotsOfDies(
  { work, slices }: Machine,
  context: SchedulerContext,
  { slots, reserve }: { readonly slots: number; readonly reserve: number },
): number[] {
  const { sramBytes } = context.hardware
  const slotBytes = Math.ceil(expertBytes(context.model) / slices)
  const fewest = reserve + 1
  return restingBytes(work, context).map((tokensBytes) => {
    const fitting = Math.min(slots, Math.floor((sramBytes - tokensBytes) / slotBytes))
    if (fitting >= fewest) return fitting
    return fail('capacity', {
      what: `fse-dp with micro-slices of ${slotBytes} B beside ${tokensBytes} B of tokens`,
      needs: `${fewest * slotBytes + tokensBytes} B of SRAM on a die for ${fewest} slots, one to load and ${reserve} in reserve`,
      has: `${sramBytes} B`,
      hint: 'cut experts finer (fse-dp:slices=...), use fewer tokens, or a larger "sram"',
    })
  })
}

/** Bytes of SRAM that the tokens of each die take, paused ones included. */
export function restingBytes(work: LayerWork, { topology, hardware, model }: SchedulerContext): number[] {
  const bytes = Array.from({ length: topology.dies }, (_, die) => work.pausedBytes?.[die] ?? 0)
  if (hardware.activations !== 'sram') return bytes
  for (const die of work.restingDie) bytes[die] = bytes[die]! + tokenBytes(model)
  return bytes
}

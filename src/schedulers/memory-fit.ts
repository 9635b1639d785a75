// What fits where: weights in memories, slices of experts in on-chip buffers, replicas in what is left.
import { fail } from '../errors.ts'
import { expertBytes, type ModelShape } from '../model/shape.ts'
import { formatQuantity } from '../units.ts'
import type { SchedulerContext } from './scheduler.ts'

/**
 * Refuses a model whose weights do not fit in memory. `homeExperts[d]`: experts per layer whose weights lie behind die d
 * (fractions where experts are striped), with the `copies` per die that the user asked for. Not checked under
 * `compat: paper`, which knows no capacity.
 */
export function assertWeightsFit(context: SchedulerContext, homeExperts: Float64Array, copies = 0): void {
  const { hardware, model } = context
  if (weightsFit(context, homeExperts)) return
  const { capacityBytes, reserved, tiers } = hardware.memory
  const { neededBytes, usableBytes } = weightRoom(context, homeExperts)
  const size = (bytes: number) => formatQuantity(bytes, 'size')
  const last = tiers?.at(-1)
  if (last !== undefined) {
    fail('capacity', {
      what: `holding the routed experts of ${model.name} in tier ${last.name} of ${hardware.name}`,
      needs: size(neededBytes),
      has: size(usableBytes),
      hint: `use ${fewerBytes(model)}a larger capacity, or one tier more behind it`,
    })
  }
  fail('capacity', {
    what: `holding the routed experts of ${model.name} in the memory of ${hardware.name}`,
    needs: `${size(neededBytes)} on a die`,
    has: `${size(usableBytes)} (${size(capacityBytes)} less the ${reserved * 100} % kept back)`,
    hint: `${copies > 0 ? `make fewer copies than ${copies} per die, ` : ''}use ${fewerBytes(model)}a larger memory.capacity, or compat: paper, which ignores capacity`,
  })
}

/** What helps where weights have more than a byte. */
const fewerBytes = ({ weightBytes }: Pick<ModelShape, 'weightBytes'>) =>
  weightBytes > 1 ? 'fewer bytes per weight (--set model.weight_bytes=1), ' : ''

/** Whether weights fit in memory, as in assertWeightsFit. */
export function weightsFit(context: SchedulerContext, homeExperts: Float64Array): boolean {
  const { capacityBytes, tiers } = context.hardware.memory
  if (context.compat === 'paper' || (tiers === undefined && capacityBytes === Infinity)) return true
  const { neededBytes, usableBytes } = weightRoom(context, homeExperts)
  return neededBytes <= usableBytes
}

/** Of all experts beside their homes, if every memory were filled alike; a fraction where not all can have one more. */
export function copiesThatFit(context: SchedulerContext): number {
  const { channelDies } = context.hardware.memory
  const homes = new Float64Array(1).fill(context.model.experts / channelDies.length)
  const { neededBytes, usableBytes } = weightRoom(context, homes)
  return Math.max(0, usableBytes / neededBytes - 1)
}

/** On the fullest die. */
function weightRoom({ hardware, model }: SchedulerContext, homeExperts: Float64Array) {
  const { capacityBytes, reserved, shared, channelDies, tiers } = hardware.memory
  const layerBytes = expertBytes(model) * model.moeLayers.length
  const most = homeExperts.reduce((so, count) => Math.max(so, count), 0)
  // Where there are tiers, all weights lie in the last one.
  const last = tiers?.at(-1)
  if (last !== undefined) {
    return { neededBytes: layerBytes * (last.shared ? model.experts : most), usableBytes: last.capacityBytes }
  }
  const neededBytes = shared ? (layerBytes * model.experts) / channelDies.length : layerBytes * most
  return { neededBytes, usableBytes: capacityBytes * (1 - reserved) }
}

/**
 * Room for replicas of one layer on the fullest die: what home copies of all layers and `otherBytes` leave, in equal parts. Where
 * there are tiers, home copies lie in the last one.
 */
export function replicaBudgetBytes(
  { hardware, model }: SchedulerContext,
  homeExperts: Float64Array,
  otherBytes = 0,
): number {
  const { capacityBytes, reserved, tiers } = hardware.memory
  const usableBytes = capacityBytes * (1 - reserved) - otherBytes
  const most = tiers === undefined ? homeExperts.reduce((a, b) => Math.max(a, b), 0) : 0
  return Math.max(0, Math.floor(usableBytes / model.moeLayers.length - most * expertBytes(model)))
}

/** Share of a die's SRAM that weight slices may take; where tokens rest on chip too, half is left for them. */
const WEIGHT_SHARE_BESIDE_TOKENS = 0.5
/** As finely as any scheduler cuts an expert. */
export const MOST_SLICES = 4096

/**
 * The fewest slices per expert, a multiple of `step`, of which `inFlight` fit a die's SRAM together. A user error
 * where not even tiny slices fit.
 */
export function slicesThatFit(context: SchedulerContext, step: number, inFlight: number): number {
  const { hardware, model } = context
  if (hardware.sramBytes === Infinity) return step
  const share = hardware.activations === 'sram' ? WEIGHT_SHARE_BESIDE_TOKENS : 1
  const usableBytes = hardware.sramBytes * share
  const fits = (slices: number) => inFlight * Math.ceil(expertBytes(model) / slices) <= usableBytes
  for (let slices = step; slices <= MOST_SLICES; slices += step) if (fits(slices)) return slices
  return fail('capacity', {
    what: `an expert of ${model.name} in ${MOST_SLICES} pieces, ${inFlight} of them in flight on a die,`,
    needs: `${inFlight * Math.ceil(expertBytes(model) / MOST_SLICES)} B of SRAM for weights`,
    has: `${Math.floor(usableBytes)} of ${hardware.sramBytes} B`,
    hint: 'use a larger "sram"',
  })
}

/** Experts per die of a placement. */
export function countHomes(home: Int32Array, dies: number): Float64Array {
  const counts = new Float64Array(dies)
  for (const die of home) counts[die] = counts[die]! + 1
  return counts
}

// Says where a run reads weights anew that its dies could have kept.
import type { Experiment } from '../config/experiment/experiment.ts'
import { type Diagnostic, finding } from '../errors.ts'
import { dieCount } from '../hardware/die-count.ts'
import { expertBytes } from '../model/shape.ts'
import { schedulers as table } from '../schedulers/table.ts'
import { formatQuantity } from '../units.ts'

/** Of the weights that a die computes with: less of them would change little. */
const SHARE_WORTH_KEEPING = 0.1

/**
 * A warning where the SRAM of a die holds a good part of the routed experts that are its own, and some scheduler reads them in
 * every iteration. Caches of the hardware are left out, since other work runs through them between two layers.
 */
export function idleRoom(
  { hardware, model, compat, schedulers }: Pick<Experiment, 'hardware' | 'model' | 'compat' | 'schedulers'>,
  iterations: number,
): Diagnostic | undefined {
  const { sramBytes, llc } = hardware
  if (compat === 'paper' || iterations < 2 || llc !== undefined || sramBytes === Infinity) return undefined
  const forgetful = schedulers.filter(
    ({ scheduler, options }) => table[scheduler]?.keepsWeights?.(options) !== true,
  )
  const experts = Math.floor(sramBytes / expertBytes(model))
  const ownExperts = Math.ceil((model.experts * model.moeLayers.length) / dieCount(hardware.topology))
  if (forgetful.length === 0 || experts < Math.max(2, ownExperts * SHARE_WORTH_KEEPING)) return undefined
  const size = formatQuantity(sramBytes, 'size')
  const ids = forgetful.map(({ id }) => id).join(', ')
  return finding(
    'conflict',
    {
      what: `a die of ${hardware.name} has ${size} of SRAM, room for ${Math.min(experts, ownExperts)} of its ${ownExperts} experts of ${model.name}, and ${ids} ${forgetful.length === 1 ? 'reads' : 'read'} them anew in every iteration`,
      hint: 'ep:cache=lru keeps them',
    },
    { severity: 'warning' },
  )
}

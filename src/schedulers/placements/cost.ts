// The roofline time of an expert, by which placements weigh how much work experts are (forecasting sheet, section 8 no. 18).
import { plannedFlopPerPs } from '../../hardware/compute.ts'
import { MemoryTiming } from '../../hardware/memory.ts'
import { expertBytes, flopPerToken } from '../../model/shape.ts'
import type { SchedulerContext } from '../scheduler.ts'

/** Time in ps of one expert with some tokens on one die: the longer of reading its weights and computing; 0 without tokens. */
export type ExpertCost = (tokens: number) => number

export function rooflineCost({ hardware, model }: Pick<SchedulerContext, 'hardware' | 'model'>): ExpertCost {
  const readPs = new MemoryTiming(hardware.memory).meanTransferPs(expertBytes(model))
  const tokenPs = flopPerToken(model) / plannedFlopPerPs(hardware.compute, model.weightBytes)
  return (tokens) => (tokens === 0 ? 0 : Math.max(readPs, tokens * tokenPs))
}

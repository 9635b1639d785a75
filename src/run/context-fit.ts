// Whether the keys and values of an end-to-end run fit into memory, beside all weights.
import type { Experiment } from '../config/experiment/experiment.ts'
import { fail } from '../errors.ts'
import { dieCount } from '../hardware/die-count.ts'
import { attentionLoad, attentionLoadOfDie } from '../model/attention.ts'
import {
  contextOf,
  denseBytes,
  denseLayers,
  expertBytes,
  feedForwardBytes,
  sharedWidth,
} from '../model/shape.ts'
import type { Iteration } from '../sim/iteration.ts'
import { formatQuantity } from '../units.ts'

/**
 * Refuses contexts that cannot fit, however well experts are placed. Not checked under `compat: paper`, which knows no
 * capacity. Throws UserError.
 */
export function assertContextFits(
  { hardware, model, compat, endToEnd }: Experiment,
  iterations: readonly Iteration[],
): void {
  const { capacityBytes, reserved, shared, channelDies } = hardware.memory
  const { attention } = model
  if (endToEnd === undefined || attention === undefined) return
  if (compat === 'paper' || capacityBytes === Infinity) return
  const { contextTokens } = endToEnd
  // One die holds its heads; memory that all dies share holds all heads once.
  const dies = dieCount(hardware.topology)
  const heads = shared
    ? attentionLoad(model, attention, contextTokens)
    : attentionLoadOfDie(model, attention, contextTokens, dies)
  const requests = Math.max(...iterations.map((iteration) => new Set(iteration.requests).size))
  const kvTokens = Array.from({ length: model.layers }, (_, layer) => contextOf(model, layer, contextTokens))
  const kvBytes = requests * heads.kvBytesPerToken * kvTokens.reduce((sum, tokens) => sum + tokens, 0)
  const memories = shared ? 1 : dies
  const weightBytes = heads.weightBytes * model.layers + splitBytes(model) / memories
  const usableBytes = capacityBytes * (1 - reserved) * (shared ? channelDies.length : 1)
  if (kvBytes + weightBytes <= usableBytes) return
  const size = (bytes: number) => formatQuantity(bytes, 'size')
  fail('capacity', {
    what: `a context of ${contextTokens} tokens for ${requests} requests at once`,
    needs: `${size(kvBytes)} for keys and values and ${size(weightBytes)} for weights${shared ? '' : ' on a die'}`,
    has: `${size(usableBytes)} in the memory of ${hardware.name}`,
    hint: 'use a shorter end_to_end.context, fewer requests, or a larger memory.capacity',
  })
}

/** Weights outside attention, of all layers. */
function splitBytes(model: Experiment['model']): number {
  const { experts, hidden, moeLayers, denseIntermediate = 0, vocabulary = 0 } = model
  const routed = expertBytes(model) * experts
  const beside = feedForwardBytes(model, sharedWidth(model)) + denseBytes(model, hidden * experts)
  const dense = feedForwardBytes(model, denseIntermediate) * denseLayers(model).length
  // Embedding and output head.
  return moeLayers.length * (routed + beside) + dense + 2 * denseBytes(model, vocabulary * hidden)
}

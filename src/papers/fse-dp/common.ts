// What the figures of the FSE-DP paper share: its models, its schedulers, and short ways to read results.
import { invariant } from '../../errors.ts'
import { peakFlopPerPs } from '../../hardware/compute.ts'
import { dieCount } from '../../hardware/die-count.ts'
import { flopPerToken } from '../../model/shape.ts'
import type { Measured, Point } from '../lab.ts'
import { metric } from '../measured.ts'

export { mean, metric, pct, speedup } from '../measured.ts'

export const MODELS = ['phi-3.5-moe', 'yuan2-m32', 'deepseek-moe-16b', 'qwen3-30b-a3b'] as const
export const TOKENS = [16, 64, 256, 1024] as const

/** EP as the paper has it, each die reading through its own channel; and with one prefetch slot, the fair baseline. */
export const EP = 'ep:channels=own'
export const EP_FAIR = 'ep:channels=own,prefetch=1'
/** The same reading through any channel, which the paper does not have. */
export const EP_ANY = 'ep'
export const EP_ANY_FAIR = 'ep:prefetch=1'
/** EP that streams slices through a small buffer: the strongest baseline in memory. */
export const EP_TILED = 'ep-tiled'
export const HYDRA = 'hydra:channels=own'
export const HYDRA_FAIR = `${HYDRA},prefetch=1`
export const FSE_DP = 'fse-dp'
export const PAIRED = 'fse-dp-paired'
/** And rule 5: whichever channel is idle reads the next micro-slice. */
export const RULE5 = `${PAIRED}:rule5=true`

/** Pairs (token, expert) wait for their expert to be warm, as the reference code has it, `slack` percent of them at most. */
export const pairBuffered = (slack: number) => `${PAIRED}:buffering=${slack},buffering-unit=pair`

/** A2 as the reference code has it: the experts in one block behind each channel. */
export const SEQUENTIAL = `${FSE_DP}:layout=sequential`

/** The reference code takes twice the time of Table I for a multiply-accumulate. */
export const REFERENCE_RATE = 'hardware.compute.macs_per_cycle=1024'

/** Mean latency of a layer and iteration, in ps. */
export function layerLatencyPs(measured: Measured, id: string, point: Point): number {
  const { workload } = point.experiment
  const iterations = workload.kind === 'tokens' ? workload.iterations : 1
  const layers = measured.get(id)?.layers.length ?? 0
  return metric(measured, id, 'latency') / (layers * iterations)
}

/** Useful FLOPs of the routed experts over what all dies could do in their time: attention and all else left out. */
export function moeUtilization(measured: Measured, id: string, { experiment }: Point): number {
  const { workload, model, hardware } = experiment
  invariant(
    workload.kind === 'tokens',
    'utilization of routed experts is worked out from tokens per iteration',
  )
  const passes = workload.tokens * workload.iterations * (measured.get(id)?.layers.length ?? 0)
  const flop = passes * model.topK * flopPerToken(model)
  const mostFlopPerPs = dieCount(hardware.topology) * peakFlopPerPs(hardware.compute)
  return flop / (mostFlopPerPs * metric(measured, id, 'latencyMoe'))
}

// What was measured: KTransformers' placements of experts on GPUs, and warp's cache of experts beside exact ones.

export const PLACEMENTS = ['random', 'uniform', 'frequency', 'dynamic'] as const
export type PlacementName = (typeof PLACEMENTS)[number]

interface PlacementStudy {
  /** Part of all experts that lies on the GPUs. */
  readonly share: number
  /** Of the row of `random`; the others follow in order. */
  readonly firstRow: number
  /** In token/s. */
  readonly throughput: Readonly<Record<PlacementName, number>>
}

const study = (
  share: number,
  firstRow: number,
  [random, uniform, frequency, dynamic]: readonly [number, number, number, number],
): PlacementStudy => ({ share, firstRow, throughput: { random, uniform, frequency, dynamic } })

/**
 * Qwen3-Next-80B-A3B in FP8 on four RTX 4090 and a Xeon Gold 6454S, ShareGPT; `dynamic`: dynamic-expert-update
 * (kvcache-ai/ktransformers doc/en/kt-kernel/experts-sched-Tutorial.md @95009ea).
 */
export const THROUGHPUTS: readonly PlacementStudy[] = [
  study(0, 118, [53.01, 52.96, 52.72, 53.37]),
  study(0.1, 122, [56.63, 56.57, 58.6, 70.22]),
  study(0.5, 126, [70.38, 65.25, 76.19, 81.17]),
  study(0.9, 130, [88.82, 81.06, 107.15, 95.04]),
  study(1, 134, [112.61, 112.32, 114.26, 112.99]),
]

export const EXACT_POLICIES = ['lru', 'lfu', 'min'] as const

export interface CacheStudy {
  readonly slots: number
  /** Hit rates in an engine while it decoded 300 tokens, and its reads: GB (powers of two) a token. */
  readonly engine: number
  readonly engineGibPerToken: number
  /** The same policy replayed by its makers on the trace. */
  readonly simulated: number
  /** Exact replays of the trace. */
  readonly exact: Readonly<Record<(typeof EXACT_POLICIES)[number], number>>
}

const cache = (
  slots: number,
  [engine, engineGibPerToken, simulated]: readonly [number, number, number],
  [lru, lfu, min]: readonly [number, number, number],
): CacheStudy => ({
  ...{ slots, engine: share(engine), engineGibPerToken, simulated: share(simulated) },
  exact: { lru: share(lru), lfu: share(lfu), min: share(min) },
})

/** Of a percentage with one decimal. */
const share = (percent: number) => Math.round(10 * percent) / 1000

/**
 * Kimi-Linear-48B-A3B, 26 MoE layers of 256 experts, top-8 (sqliteai/warp docs/GATES.md @238517e, gates 5 and 2; exact
 * replays: the same project's trace of 300 tokens).
 */
export const HIT_RATES: readonly CacheStudy[] = [
  cache(201, [13.2, 0.448, 29.4], [0, 30, 51.2]),
  cache(402, [40.3, 0.308, 40.6], [41.4, 40.8, 63.7]),
  cache(805, [61.9, 0.197, 54.9], [57.1, 54.6, 74.8]),
  cache(1610, [84.8, 0.078, 71.9], [72.1, 70.8, 84.5]),
  cache(3221, [93.9, 0.031, 87.4], [86.4, 87.1, 91]),
]

/** In the engine with room for 6,442 of all 6,656 experts. */
export const ENGINE_WITH_ALL = 0.942

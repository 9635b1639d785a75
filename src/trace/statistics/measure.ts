// What an analysis of a trace consists of: named statistics, each with the levels that it is to be read against.

/** `all`: every token, or, of a trace that does not say the phases, the tokens as recorded. */
export const STATISTIC_PHASES = ['all', 'prefill', 'decode'] as const

export type StatisticPhase = (typeof STATISTIC_PHASES)[number]

/** What a value is to be read against; absent where the level has no meaning for the statistic. */
export interface ReferenceLevels {
  /** Every expert equally likely, tokens independent: a closed form, or one seeded draw of as many tokens. */
  readonly uniform?: number
  /** The layer's own popularity and nothing else: a closed form, or the predictor that knows popularity alone. */
  readonly popularity?: number
  /** The same statistic after a seeded shuffle that keeps what `STATISTICS` says and destroys the rest. */
  readonly shuffled?: number
  /** Two distinct random tokens of one request: what the topic of a request explains without adjacency. */
  readonly sameRequest?: number
}

export interface Measure extends ReferenceLevels {
  readonly value: number
}

/** Over the layers that have the statistic; the reference levels are means over them. */
export interface SummaryMeasure extends ReferenceLevels {
  readonly mean: number
  readonly min: number
  readonly max: number
  readonly layers: number
}

interface Description {
  /** For the first column of a table. */
  readonly title: string
  /** What the value is, and what the shuffle keeps where there is one. */
  readonly about: string
}

/** Every statistic there is. S1 to S8 are those of arXiv 2510.05497, numbered in the order of its observations. */
export const STATISTICS = {
  'max-over-mean': { title: 'max / mean load (S6)', about: 'most selections of an expert over the mean' },
  cv: {
    title: 'CV of loads',
    about: 'population standard deviation of the selection counts over their mean',
  },
  gini: { title: 'Gini of loads', about: '0: all experts alike; 1: one expert has all' },
  'zipf-s': {
    title: 'Zipf s of loads',
    about: 'minus the slope of ln(count) on ln(rank), used experts only',
  },
  'active-share': { title: 'experts used', about: 'share of experts with at least one selection' },
  'hottest-share': { title: 'share of hottest expert', about: 'of all selections of the layer' },
  'rank-16-max-over-mean': {
    title: 'max / mean of 16 ranks',
    about: 'selections of ranks that hold contiguous ranges of experts, over the whole trace',
  },
  'rank-32-max-over-mean': { title: 'max / mean of 32 ranks', about: 'the same over 32 ranks' },
  reuse: {
    title: 'reuse, next token',
    about:
      'mean share of the experts of a token that the token before it in the same request and phase chose',
  },
  'cross-layer-mass': {
    title: 'mass, next layer (S1)',
    about:
      'in sample: P(. | expert) on its own 20 % best successors, weighted by use; shuffled: tokens of the next layer permuted',
  },
  'cross-layer-mass-top1': {
    title: 'mass, next layer, top-1 row (S1)',
    about: 'the same for the most used expert of the layer alone',
  },
  'cross-layer-mass-fit': {
    title: 'mass, next layer, fit half',
    about: 'as S1, of the fit half of the tokens alone: what held-out coverage starts from',
  },
  'cross-token-mass': {
    title: 'mass, next token (S2)',
    about: 'as S1 for the next token of the request in the same layer; shuffled: all tokens permuted',
  },
  'cross-token-mass-top1': {
    title: 'mass, next token, top-1 row (S2)',
    about: 'the same for the most used expert of the layer alone',
  },
  'cross-layer-coverage': {
    title: 'coverage, next layer, held out',
    about:
      'share of the next layer’s choices among the 20 % of experts that the fit half scores best; popularity: the most used 20 %',
  },
  'phase-spearman-cross-layer': {
    title: 'prefill ~ decode, next-layer map (S3)',
    about:
      'Spearman of P(next layer’s expert | expert); shuffled: tokens of the next layer permuted within each phase',
  },
  'phase-spearman-cross-token': {
    title: 'prefill ~ decode, next-token map (S3)',
    about: 'Spearman of P(next token’s expert | expert); shuffled: tokens permuted within each phase',
  },
  'phase-spearman': {
    title: 'prefill ~ decode, loads (S4)',
    about:
      'Spearman of the experts’ counts; shuffled: phases dealt to tokens at random, the most that the sample sizes allow',
  },
  'hot-overlap-5-5': hotOverlap(5, 5),
  'hot-overlap-10-5': hotOverlap(10, 5),
  'hot-overlap-10-10': hotOverlap(10, 10),
  'hot-overlap-20-10': hotOverlap(20, 10),
  'common-experts': {
    title: 'experts hot in 90 % of tasks (S7)',
    about:
      'number of experts in the top 10 of at least 90 % of the tasks; shuffled: tokens dealt to tasks at random, the most there can be',
  },
  'pair-affinity-max': {
    title: 'hottest pair / uniform (S8)',
    about: 'pairs of one token and layer; shuffled: each slot’s choices permuted over the tokens',
  },
  'pair-share': {
    title: 'share of top 10 % pairs (S8)',
    about: 'of all co-selections within the layer; shuffled as above',
  },
  'adjacent-pair-share': {
    title: 'share of top 10 % pairs, next layer',
    about: 'ordered pairs of adjacent layers; shuffled: tokens of the next layer permuted',
  },
  'batch-8-distinct': batchDistinct(8),
  'batch-32-distinct': batchDistinct(32),
  'batch-128-distinct': batchDistinct(128),
  'batch-8-rank-max-over-mean': batchImbalance(8),
  'batch-32-rank-max-over-mean': batchImbalance(32),
  'batch-128-rank-max-over-mean': batchImbalance(128),
} as const satisfies Readonly<Record<string, Description>>

export type StatisticId = keyof typeof STATISTICS

export const STATISTIC_IDS = Object.keys(STATISTICS) as readonly StatisticId[]

export type Measures<M = Measure> = Readonly<
  Partial<Record<StatisticId, Readonly<Partial<Record<StatisticPhase, M>>>>>
>

/** Puts the measures of one layer together. */
export class MeasureSheet {
  readonly measures: Partial<Record<StatisticId, Partial<Record<StatisticPhase, Measure>>>> = {}

  /** A value that does not exist (the slope of one point, the correlation of a constant) is left out. */
  set(
    id: StatisticId,
    value: number | undefined,
    levels: { readonly [K in keyof ReferenceLevels]: number | undefined } = {},
    phase: StatisticPhase = 'all',
  ): void {
    if (value === undefined) return
    const known = Object.entries(levels).filter(([, level]) => level !== undefined)
    this.measures[id] = { ...this.measures[id], [phase]: { value, ...Object.fromEntries(known) } }
  }
}

function hotOverlap(hot: number, of: number): Description {
  return {
    title: `prefill top ${hot} in decode top ${of} (S5)`,
    about: `share of the ${of} most used experts of decode among the ${hot} of prefill; shuffled as for S4`,
  }
}

function batchDistinct(batch: number): Description {
  return {
    title: `distinct experts, batch ${batch}`,
    about: `that ${batch} tokens of random requests and positions choose, mean of 100 draws`,
  }
}

function batchImbalance(batch: number): Description {
  return {
    title: `max / mean of ranks, batch ${batch}`,
    about:
      'mean of the same draws; 16 ranks, or one per expert where there are fewer, hold contiguous ranges',
  }
}

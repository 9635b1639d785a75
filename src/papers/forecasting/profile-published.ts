// What the forecasting paper says of its routing, S1 to S8, and which measured statistic answers each statement.
import type { StatisticId } from '../../trace/statistics/measure.ts'
import type { Judgement } from '../figure.ts'
import { between, near, nearShare } from '../rules.ts'

export const PROFILED = ['deepseek-v3', 'qwen3-235b-a22b', 'llama-4-maverick', 'kimi-k2'] as const
export type ProfiledModel = (typeof PROFILED)[number]

/** Of Llama 4 alone the paper shows a single layer. */
const SHOWN_LAYER = 7

/** The number that the paper states of a model. */
export interface Statement {
  readonly model: ProfiledModel
  readonly text: string
  readonly value: number | null
  /** Absent: read off a figure, or no number; nothing is judged by it. */
  readonly judge?: (ours: number) => Judgement
}

export interface ProfileLine {
  /** Unique: part of a row's id. */
  readonly name: string
  readonly what: string
  readonly statistic: StatisticId
  readonly unit: 'share' | 'ratio' | 'count' | 'correlation'
  /** Model layer id; absent: the mean over the layers. */
  readonly layer?: number
  /** Presets are calibrated to it, so that agreement is no prediction. */
  readonly isFitted?: boolean
  readonly statements: readonly Statement[]
}

type Values = readonly [deepseek: number, qwen: number, llama: number, kimi: number]

/** Shares in the text, one for each model. */
const shares = (values: Values): Statement[] =>
  PROFILED.map((model, i) => ({
    model,
    text: `${Math.round(100 * values[i]!)} %`,
    value: values[i]!,
    judge: (ours) => nearShare(ours, values[i]!, { pass: 0.03, partly: 0.1 }),
  }))

/** Read off a figure: words only. */
const readings = (texts: Readonly<Partial<Record<ProfiledModel, string>>>): Statement[] =>
  PROFILED.flatMap((model) => {
    const text = texts[model]
    return text === undefined ? [] : [{ model, text: `~ ${text}`, value: null }]
  })

const PAIR_MAPS = {
  'deepseek-v3': '0.43-0.67',
  'qwen3-235b-a22b': '0.70-0.90',
  'llama-4-maverick': '0.55-0.80',
  'kimi-k2': '0.59-0.85',
}
const LOADS = Object.fromEntries(PROFILED.map((model) => [model, '0.7 or more in most layers']))

const overlap = (hot: number, of: number, published: number | string): ProfileLine => ({
  name: `s5-${hot}-${of}`,
  what: `S5 share of decode's ${of} hottest experts among prefill's ${hot}`,
  statistic: `hot-overlap-${hot}-${of}` as StatisticId,
  unit: 'share',
  isFitted: true,
  statements:
    typeof published === 'string'
      ? readings({ 'qwen3-235b-a22b': published })
      : [
          {
            model: 'qwen3-235b-a22b',
            text: `${100 * published} %`,
            value: published,
            judge: (ours) => near(ours, published, { pass: 0.15, partly: 0.3 }),
          },
        ],
})

/** Of every model whose tokens choose more than one expert. */
const ofPairs = (text: string, from: number, to: number): Statement[] =>
  PROFILED.filter((model) => model !== 'llama-4-maverick').map((model) => ({
    model,
    text,
    value: null,
    judge: (ours) => between(ours, from, to),
  }))

const CROSS_LAYER: Values = [0.5, 0.65, 0.77, 0.56]
const CROSS_TOKEN: Values = [0.47, 0.62, 0.8, 0.53]

export const PROFILE_LINES: readonly ProfileLine[] = [
  {
    name: 's1-top1-row',
    what: 'S1 next-layer probability on the top 20 %, row of the most used expert',
    statistic: 'cross-layer-mass-top1',
    unit: 'share',
    isFitted: true,
    statements: shares(CROSS_LAYER),
  },
  {
    name: 's1-all-rows',
    what: 'S1 the same, all rows weighted by use',
    statistic: 'cross-layer-mass',
    unit: 'share',
    isFitted: true,
    statements: shares(CROSS_LAYER),
  },
  {
    name: 's2',
    what: 'S2 next-token probability on the top 20 %, all rows weighted by use',
    statistic: 'cross-token-mass',
    unit: 'share',
    isFitted: true,
    statements: shares(CROSS_TOKEN),
  },
  {
    name: 's3-cross-layer',
    what: 'S3 prefill ~ decode, Spearman of next-layer maps',
    statistic: 'phase-spearman-cross-layer',
    unit: 'correlation',
    statements: readings(PAIR_MAPS),
  },
  {
    name: 's3-cross-token',
    what: 'S3 prefill ~ decode, Spearman of next-token maps',
    statistic: 'phase-spearman-cross-token',
    unit: 'correlation',
    statements: readings(PAIR_MAPS),
  },
  {
    name: 's4',
    what: 'S4 prefill ~ decode, Spearman of loads',
    statistic: 'phase-spearman',
    unit: 'correlation',
    statements: readings(LOADS),
  },
  overlap(5, 5, 0.6),
  overlap(10, 5, 0.75),
  overlap(10, 10, '70-95 %'),
  overlap(20, 10, 0.9),
  {
    name: 's6',
    what: `S6 most selections of an expert over the mean, layer ${SHOWN_LAYER}`,
    statistic: 'max-over-mean',
    unit: 'ratio',
    layer: SHOWN_LAYER,
    isFitted: true,
    statements: [
      {
        model: 'llama-4-maverick',
        text: 'over 16x',
        value: 16,
        judge: (ours) => near(ours, 16, { pass: 0.15, partly: 0.3 }),
      },
    ],
  },
  {
    name: 's7',
    what: `S7 experts in the top 10 of 90 % of the tasks, layer ${SHOWN_LAYER}`,
    statistic: 'common-experts',
    unit: 'count',
    layer: SHOWN_LAYER,
    statements: [
      {
        model: 'llama-4-maverick',
        text: 'some of 57 subjects; 5-6 in Chinese, 2 of them also in English',
        value: null,
      },
    ],
  },
  {
    name: 's8-affinity',
    what: 'S8 hottest pair of experts over uniform',
    statistic: 'pair-affinity-max',
    unit: 'ratio',
    statements: ofPairs('20-40x', 20, 40),
  },
  {
    name: 's8-share',
    what: 'S8 share of the top 10 % of pairs',
    statistic: 'pair-share',
    unit: 'share',
    statements: ofPairs('60-80 %', 0.6, 0.8),
  },
]

// Fig. 9: latency of an MoE layer, 4 models with 16 to 1024 tokens, FSE-DP against EP and Hydra.
import type { DataTable, Figure, FigureResult, Reading, Row } from '../figure.ts'
import { allOf, atMost, mostOf, type Part, tellParts } from '../rules.ts'
import {
  EP,
  EP_ANY,
  EP_ANY_FAIR,
  EP_FAIR,
  FSE_DP,
  HYDRA,
  HYDRA_FAIR,
  layerLatencyPs,
  mean,
  metric,
  PAIRED,
  pct,
  REFERENCE_RATE,
  RULE5,
  SEQUENTIAL,
  speedup,
} from './common.ts'
import { type Band, bandRows } from './f9-band.ts'
import { type GridCell, gridNotes, measureGrid, nameOf, runOf } from './layer-grid.ts'

const CONFIG = 'fse-dp-f9-latency'
const HYDRA_ORACLE = `${HYDRA},predictor=oracle`
const SCHEDULERS = [
  ...[EP, EP_FAIR, EP_ANY, EP_ANY_FAIR],
  ...[HYDRA, HYDRA_FAIR, HYDRA_ORACLE],
  ...[FSE_DP, PAIRED, RULE5],
]
const AT_REFERENCE_RATE = [EP, EP_FAIR, EP_ANY, EP_ANY_FAIR, FSE_DP, SEQUENTIAL, PAIRED, RULE5]

const HYDRAS = [EP, EP_FAIR, HYDRA, HYDRA_FAIR, HYDRA_ORACLE]

const WEAK_PREDICTION =
  'in generated routing a layer foretells the next one only as far as requests differ in topic, so prediction has little to work with'
const TRUTH = 'the truth in place of a prediction, which no Hydra has'
/** Kinds of token, each with experts of its own, as the presets of models are calibrated to the published S1 have them. */
const KINDS = ['generator.classes=16', 'generator.affinity=1.5'] as const
const FORETOLD: Reading = {
  name: 'layers foretell each other',
  settings: `tokens are of 16 kinds with experts of their own, about as the presets calibrated to published transition probabilities have them (arXiv 2510.05497, S1): ${KINDS.map((set) => `--set ${set}`).join(' ')}`,
}

export const f9: Figure = {
  title: 'layer latency of EP, Hydra and FSE-DP (Fig. 9)',
  async run(lab): Promise<FigureResult> {
    const cells = await measureGrid(lab, CONFIG, { schedulers: SCHEDULERS })
    const halfRate = await measureGrid(lab, CONFIG, {
      schedulers: AT_REFERENCE_RATE,
      sets: [REFERENCE_RATE],
    })
    const foretold = await measureGrid(lab, CONFIG, { schedulers: HYDRAS, sets: KINDS })
    return {
      rows: [
        ...bands(cells, halfRate).flatMap(bandRows),
        lowestRow(cells, [EP, HYDRA], ''),
        lowestRow(cells, [EP, EP_FAIR, HYDRA, HYDRA_FAIR], '-fair'),
        pairingRow(cells, FSE_DP, ''),
        pairingRow(halfRate, SEQUENTIAL, '-blocks', BLOCKS),
        rule5Row(cells),
        ...hydraRows(cells, '', WEAK_PREDICTION),
        ...hydraRows(foretold, '-affinity', 'as far as a layer foretells the next one', FORETOLD),
      ],
      tables: [
        latencyTable(cells, SCHEDULERS, '', ''),
        latencyTable(halfRate, AT_REFERENCE_RATE, '-1024', ', 1024 MAC/cycle'),
      ],
      notes: gridNotes(lab),
    }
  },
}

const BLOCKS: Reading = {
  name: 'unpaired in blocks, 1024 MAC/cycle',
  settings: `the reference code lays experts out in one block behind each channel where loads are not paired (SEQUENTIAL), and evenly where they are: ${SEQUENTIAL} against ${PAIRED}, --set ${REFERENCE_RATE}`,
}

/** H1 as it stands, and its readings. */
function bands(cells: readonly GridCell[], halfRate: readonly GridCell[]): Band[] {
  const rate = `the reference code takes twice the time of Table I for a multiply-accumulate: --set ${REFERENCE_RATE}`
  return [
    { cells, id: PAIRED, suffix: '' },
    {
      cells: halfRate,
      id: PAIRED,
      suffix: '-1024',
      reading: { name: '1024 MAC/cycle', settings: rate },
    },
    {
      cells: halfRate,
      id: RULE5,
      suffix: '-1024-rule5',
      reading: {
        name: '1024 MAC/cycle, rule 5',
        settings: `${rate}; with the paper's optional rule 5: ${RULE5}`,
      },
    },
  ]
}

/** Q1. */
function lowestRow(cells: readonly GridCell[], baselines: readonly string[], suffix: string): Row {
  const best = ({ measured }: GridCell, ids: readonly string[]) =>
    Math.min(...ids.map((id) => metric(measured, id, 'latency')))
  const not = cells.filter((cell) => best(cell, [FSE_DP, PAIRED]) >= best(cell, baselines))
  const holding = cells.length - not.length
  return {
    id: `F9-most${suffix}`,
    claim: 'Q1',
    what: `configurations where FSE-DP beats ${baselines.join(', ')}`,
    config: runOf(cells, FSE_DP, PAIRED, ...baselines),
    published: { text: 'most (not all)', value: null },
    ours: { value: holding / cells.length, unit: 'share' },
    judgement: mostOf(holding, cells.length),
    reason: `${holding} of ${cells.length}${not.length > 0 ? `; not in ${not.map(nameOf).join(', ')}` : ''}`,
  }
}

/** Q2: paired loads against `unpaired`. */
function pairingRow(cells: readonly GridCell[], unpaired: string, suffix: string, reading?: Reading): Row {
  const gainAt = (...tokens: readonly number[]) =>
    mean(
      cells
        .filter((cell) => tokens.includes(cell.tokens))
        .map(({ measured }) => speedup(measured, PAIRED, unpaired) - 1),
    )
  const few = gainAt(16, 64)
  const parts: Part[] = [
    { demand: 'with 16 and 64 tokens pairing gains at least 5 % on average', holds: few >= 0.05 },
    {
      demand: 'with 16 and 64 tokens it gains at least 1 percentage point more than with 256 and 1024',
      holds: few - gainAt(256, 1024) >= 0.01,
    },
  ]
  const gains = [16, 64, 256, 1024].map((tokens) => `${tokens} tokens ${pct(gainAt(tokens))}`)
  return {
    id: `F9-pairing${suffix}`,
    claim: 'Q2',
    reading,
    what: `mean gain of ${PAIRED} over ${unpaired}, 16 and 64 tokens`,
    config: runOf(cells, unpaired, PAIRED),
    published: { text: 'helps clearly with few tokens', value: null },
    ours: { value: few, unit: 'share' },
    judgement: allOf(parts),
    reason: `${gains.join(', ')}${reading === undefined ? '; both lie evenly behind the channels, so that only the order of loads differs' : ''}`,
    detail: tellParts(parts),
  }
}

/** Q9: rule 5 in single layers, where all channels are busy without it. */
function rule5Row(cells: readonly GridCell[]): Row {
  const gains = cells.map(({ measured }) => speedup(measured, RULE5, PAIRED) - 1)
  const small = gains.filter((gain) => Math.abs(gain) <= 0.02).length
  return {
    id: 'F9-rule5',
    claim: 'Q9',
    what: `configurations where rule 5 changes the latency of a layer by at most 2 %`,
    config: runOf(cells, PAIRED, RULE5),
    published: { text: 'improves only marginally', value: null },
    ours: { value: small / cells.length, unit: 'share' },
    judgement: mostOf(small, cells.length),
    reason: `${small} of ${cells.length}, from ${pct(Math.min(...gains))} to ${pct(Math.max(...gains))}`,
  }
}

/** Q3: at both depths of prefetch, and with the truth in place of a prediction. */
function hydraRows(cells: readonly GridCell[], suffix: string, prediction: string, reading?: Reading): Row[] {
  return [
    hydraRow(cells, { id: HYDRA, over: EP, suffix, why: prediction, reading }),
    hydraRow(cells, { id: HYDRA_FAIR, over: EP_FAIR, suffix: `${suffix}-fair`, why: prediction, reading }),
    hydraRow(cells, { id: HYDRA_ORACLE, over: EP, suffix: `${suffix}-oracle`, why: TRUTH, reading }),
  ]
}

interface HydraCase {
  readonly id: string
  readonly over: string
  readonly suffix: string
  readonly why: string
  readonly reading: Reading | undefined
}

function hydraRow(cells: readonly GridCell[], { id, over, suffix, why, reading }: HydraCase): Row {
  const gains = cells.map(({ measured }) => speedup(measured, id, over) - 1)
  const ours = mean(gains)
  const byteHops = ({ measured }: GridCell, scheduler: string) => metric(measured, scheduler, 'd2dByteHops')
  const travelled = mean(cells.map((cell) => byteHops(cell, id) / byteHops(cell, over)))
  return {
    id: `F9-hydra${suffix}`,
    claim: 'Q3',
    reading,
    what: `mean gain of ${id} over ${over}`,
    config: runOf(cells, over, id),
    published: { text: 'no clear gain on 2x2', value: null },
    ours: { value: ours, unit: 'share' },
    judgement: atMost(ours, 0.05, 0.1, pct),
    reason: `from ${pct(Math.min(...gains))} to ${pct(Math.max(...gains))} in ${cells.length} configurations, with ${travelled.toFixed(2)} of the byte-hops; ${why}`,
  }
}

function latencyTable(
  cells: readonly GridCell[],
  schedulers: readonly string[],
  suffix: string,
  setting: string,
): DataTable {
  return {
    name: `latency${suffix}`,
    title: `latency of a layer (mean), speedup of ${PAIRED}, and the routing behind it${setting}`,
    isPrinted: suffix === '',
    columns: [
      { name: 'model' },
      { name: 'tokens' },
      { name: 'routing' },
      ...schedulers.map((id) => ({ name: id, unit: 'ps' })),
      { name: `over ${EP}`, unit: 'ratio' },
      { name: `over ${EP_FAIR}`, unit: 'ratio' },
      { name: 'over its bound', unit: 'ratio' },
      { name: 'active experts' },
      { name: 'tokens of each' },
    ],
    rows: cells.map(({ model, tokens, routing, point, measured, statistics }) => [
      model,
      tokens,
      routing,
      ...schedulers.map((id) => layerLatencyPs(measured, id, point)),
      speedup(measured, PAIRED, EP),
      speedup(measured, PAIRED, EP_FAIR),
      metric(measured, PAIRED, 'boundRatio'),
      statistics.activeExperts,
      statistics.tokensPerActiveExpert,
    ]),
  }
}

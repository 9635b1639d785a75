// Fig. 2: tokens per expert, sorted, with 16 to 256 tokens: the long tail that makes experts costly to load.
import type { DataTable, Figure, FigureResult, Row } from '../figure.ts'
import type { Lab } from '../lab.ts'
import { allOf, type Part, tellParts } from '../rules.ts'
import { mean, pct } from './common.ts'

const CONFIG = 'fse-dp-f2-token-counts'
const MODELS = ['deepseek-moe-16b', 'qwen3-30b-a3b'] as const
const TOKENS = [16, 32, 64, 128, 256] as const

interface Curve {
  readonly model: string
  readonly tokens: number
  readonly command: string
  /** Mean over layers of the tokens of the busiest expert, the second busiest, ... */
  readonly counts: readonly number[]
}

export const f2: Figure = {
  title: 'tokens per expert, sorted (Fig. 2)',
  async run(lab): Promise<FigureResult> {
    const curves: Curve[] = []
    for (const model of MODELS) for (const tokens of TOKENS) curves.push(await curveOf(lab, model, tokens))
    return {
      rows: curves.filter(({ tokens }) => tokens === 16 || tokens === 256).map(tailRow),
      tables: [curveTable(curves), summaryTable(curves)],
      notes: [
        `${lab.pick('mean of all layers', 'QUICK: mean of 2 sampled layers')}; the generator is log-normal by construction (skew and reuse of the model file), so a long tail here shows that its skew is large enough, not that real routers have one`,
      ],
    }
  },
}

async function curveOf(lab: Lab, model: string, tokens: number): Promise<Curve> {
  const flags = { model, tokens: `${tokens}`, ...lab.pick({}, { layers: 'sample:2' }) }
  const point = await lab.load(CONFIG, { flags })
  const perLayer = (await lab.tokenCounts(point)).map((counts) => [...counts].sort((a, b) => b - a))
  const counts = perLayer[0]!.map((_, rank) => mean(perLayer.map((sorted) => sorted[rank]!)))
  return { model, tokens, command: point.command, counts }
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
/** Share of all (token, expert) pairs that the busiest fifth of the experts gets. */
const hottestFifth = ({ counts }: Curve) => sum(counts.slice(0, Math.round(counts.length / 5))) / sum(counts)
/** Share of the experts that get less than half of the mean. */
const tail = ({ counts }: Curve) =>
  counts.filter((count) => count < sum(counts) / counts.length / 2).length / counts.length

function tailRow(curve: Curve): Row {
  const parts: Part[] = [
    {
      demand: 'the busiest fifth of the experts gets half of the work or more',
      holds: hottestFifth(curve) >= 0.5,
    },
    { demand: 'a third of the experts or more gets less than half of the mean', holds: tail(curve) >= 1 / 3 },
  ]
  return {
    id: `F2-${curve.model}-${curve.tokens}`,
    what: `share of the work on the busiest fifth of the experts, ${curve.model}, ${curve.tokens} tokens`,
    config: curve.command,
    published: { text: 'long-tailed', value: null },
    ours: { value: hottestFifth(curve), unit: 'share' },
    judgement: allOf(parts),
    reason: `${pct(tail(curve))} of the experts get less than half of the mean`,
    detail: tellParts(parts),
  }
}

function curveTable(curves: readonly Curve[]): DataTable {
  return {
    name: 'curves',
    title: 'tokens per expert, busiest first, mean over layers',
    isPrinted: false,
    columns: [{ name: 'model' }, { name: 'tokens' }, { name: 'rank' }, { name: 'tokens of the expert' }],
    rows: curves.flatMap(({ model, tokens, counts }) =>
      counts.map((count, rank) => [model, tokens, rank + 1, count]),
    ),
  }
}

function summaryTable(curves: readonly Curve[]): DataTable {
  return {
    name: 'summary',
    title: 'tokens per expert',
    isPrinted: true,
    columns: [
      { name: 'model' },
      { name: 'tokens' },
      { name: 'busiest expert' },
      { name: 'mean' },
      { name: 'busiest fifth has', unit: 'share' },
      { name: 'experts below half of the mean', unit: 'share' },
    ],
    rows: curves.map((curve) => [
      curve.model,
      curve.tokens,
      curve.counts[0]!,
      sum(curve.counts) / curve.counts.length,
      hottestFifth(curve),
      tail(curve),
    ]),
  }
}

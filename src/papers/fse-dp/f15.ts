// Fig. 15: what each part of FSE-DP adds to utilization, A1 (naive) to A5 (token buffering).
import type { DataTable, Figure, FigureResult, Judgement, Reading, Row } from '../figure.ts'
import type { Lab, Measured, Point } from '../lab.ts'
import { atLeast, atMost } from '../rules.ts'
import {
  EP,
  EP_FAIR,
  FSE_DP,
  mean,
  metric,
  moeUtilization,
  PAIRED,
  pairBuffered,
  pct,
  REFERENCE_RATE,
  RULE5,
  SEQUENTIAL,
} from './common.ts'

const CONFIG = 'fse-dp-f15-ablation'
const TOKENS = [64, 256]
const TOKENS_QUICK = [64]
const STEPS = {
  A1: 'fse-dp-naive',
  A2: FSE_DP,
  A3: PAIRED,
  A4: RULE5,
  A5: `${PAIRED}:buffering=20`,
} as const
type Step = keyof typeof STEPS
/** A step as it is read in one row: other schedulers than those of the plain ablation. */
interface Read {
  readonly suffix: string
  readonly reading: Reading
  readonly ids: Readonly<Record<Step, string>>
}
/** A2 in blocks, at the rate of the reference code. */
const BLOCKS: Read = {
  suffix: '-blocks',
  reading: {
    name: 'A2 in blocks, 1024 MAC/cycle',
    settings: `the reference code lays experts out in one block behind each channel in A2 (SEQUENTIAL), and evenly from A3 on: ${SEQUENTIAL} as A2, --set ${REFERENCE_RATE}`,
  },
  ids: { ...STEPS, A2: SEQUENTIAL },
}
/** A5 as the reference code has it. */
const PAIRS: Read = {
  suffix: '-pairs',
  reading: {
    name: 'pairs wait until their expert is warm',
    settings: `the reference code holds back single pairs of token and expert: ${pairBuffered(20)} as A5`,
  },
  ids: { ...STEPS, A5: pairBuffered(20) },
}
const PLAIN = { suffix: '', ids: STEPS }
const COMPARED = [...Object.values(STEPS), EP, EP_FAIR]
interface Cell {
  readonly tokens: number
  readonly point: Point
  readonly measured: Measured
}

export const f15: Figure = {
  title: 'ablation: utilization from naive FSE-DP to token buffering (Fig. 15)',
  async run(lab): Promise<FigureResult> {
    const cells = await measureCells(lab)
    const read = await measureCells(lab, { schedulers: [SEQUENTIAL, PAIRED, RULE5], sets: [REFERENCE_RATE] })
    const pairs = await measureCells(lab, { schedulers: [PAIRED, PAIRS.ids.A5] })
    return {
      rows: [
        stepRow(cells, ['A1', 'A2'], 'A1 is the weak form', clearly),
        stepRow(cells, ['A2', 'A3'], 'improves clearly', clearly),
        stepRow(read, ['A2', 'A3'], 'improves clearly', clearly, BLOCKS),
        stepRow(cells, ['A3', 'A4'], 'improves only marginally', marginally),
        stepRow(read, ['A3', 'A4'], 'improves only marginally', marginally, BLOCKS),
        stepRow(cells, ['A3', 'A5'], 'improves clearly', clearly),
        stepRow(pairs, ['A3', 'A5'], 'improves clearly', clearly, PAIRS),
      ],
      tables: [ablationTable(cells)],
      notes: [
        lab.pick(
          'Qwen3 of 8 layers instead of 48, 20 iterations instead of 50, one routing; utilization of the routed experts alone',
          'QUICK: Qwen3 of 2 layers instead of 48, 12 iterations instead of 50, 64 tokens alone, one routing; utilization of the routed experts alone',
        ),
        'the fewer layers, the more one pause of a request weighs in its forward pass',
      ],
    }
  },
}

async function measureCells(
  lab: Lab,
  reading: { readonly schedulers?: readonly string[]; readonly sets?: readonly string[] } = {},
): Promise<Cell[]> {
  const sets = [`model.layers=${lab.pick(8, 2)}`, ...(reading.sets ?? [])]
  const { schedulers } = reading
  const chosen = lab.pick(TOKENS, TOKENS_QUICK)
  const points: Point[] = []
  for (const tokens of chosen) {
    const flags = {
      tokens: `${tokens}`,
      ...(schedulers && { schedulers }),
      ...lab.pick({}, { iterations: '12' }),
    }
    points.push(await lab.load(CONFIG, { flags, sets }))
  }
  const measured = await lab.measure(points)
  return chosen.map((tokens, i) => ({ tokens, point: points[i]!, measured: measured[i]! }))
}

const utilization = ({ measured, point }: Cell, id: string) => moeUtilization(measured, id, point)

/** Q9: how much a step adds, judged by `judge`. */
function stepRow(
  cells: readonly Cell[],
  [over, step]: readonly [Step, Step],
  text: string,
  judge: (gain: number) => Judgement,
  {
    suffix,
    reading,
    ids,
  }: { readonly suffix: string; readonly reading?: Reading; readonly ids: Read['ids'] } = PLAIN,
): Row {
  const ours = mean(cells.map((cell) => utilization(cell, ids[step]) / utilization(cell, ids[over]) - 1))
  const each = cells.map(
    (cell) =>
      `${cell.tokens} tokens ${pct(utilization(cell, ids[over]))} to ${pct(utilization(cell, ids[step]))}`,
  )
  const { point } = cells.at(-1)!
  const pauses = cells.map(({ measured }) => measured.get(ids[step])?.metrics.deferrals?.value ?? 0)
  const paused = pauses.some((count) => count > 0) ? `; requests paused ${pauses.join(' and ')} times` : ''
  return {
    id: `F15-${step}${suffix}`,
    claim: 'Q9',
    reading,
    what: `mean gain of utilization of ${step} over ${over}`,
    config: point.commandFor(ids[over], ids[step]),
    published: { text, value: null },
    ours: { value: ours, unit: 'share' },
    judgement: judge(ours),
    reason: `from ${ids[over]} to ${ids[step]}: ${each.join(', ')}${paused}`,
  }
}

/** "Clearly": a twentieth. */
const clearly = (ours: number) => atLeast(ours, 0.05, 0.01, pct)
/** "Only marginally": less than that, in either direction. */
const marginally = (ours: number) => atMost(Math.abs(ours), 0.05, 0.1, pct)

function ablationTable(cells: readonly Cell[]): DataTable {
  return {
    name: 'ablation',
    title: 'utilization of the routed experts, and their latency',
    isPrinted: true,
    columns: [
      { name: 'step' },
      { name: 'scheduler' },
      ...cells.flatMap(({ tokens }) => [
        { name: `utilization, ${tokens} tokens`, unit: 'share' },
        { name: `latency, ${tokens} tokens`, unit: 'ps' },
      ]),
    ],
    rows: COMPARED.map((id, i) => [
      Object.keys(STEPS)[i] ?? '-',
      id,
      ...cells.flatMap((cell) => [utilization(cell, id), metric(cell.measured, id, 'latencyMoe')]),
    ]),
  }
}

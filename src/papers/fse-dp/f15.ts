// Fig. 15: what each part of FSE-DP adds to utilization, A1 (naive) to A5 (token buffering).
import type { DataTable, Figure, FigureResult, Judgement, Row } from '../figure.ts'
import type { Lab, Measured, Point } from '../lab.ts'
import { atLeast, atMost } from '../rules.ts'
import { EP, EP_FAIR, FSE_DP, mean, metric, moeUtilization, PAIRED, pct } from './common.ts'

const CONFIG = 'fse-dp-f15-ablation'
const TOKENS = [64, 256]
const TOKENS_QUICK = [64]
const STEPS = {
  A1: 'fse-dp-naive',
  A2: FSE_DP,
  A3: PAIRED,
  A4: `${PAIRED}:rule5=true`,
  A5: `${PAIRED}:buffering=20`,
} as const
type Step = keyof typeof STEPS
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
    return {
      rows: [
        stepRow(cells, ['A1', 'A2'], 'A1 is the weak form', clearly),
        stepRow(cells, ['A2', 'A3'], 'improves clearly', clearly),
        stepRow(cells, ['A3', 'A4'], 'improves only marginally', marginally),
        stepRow(cells, ['A3', 'A5'], 'improves clearly', clearly),
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

async function measureCells(lab: Lab): Promise<Cell[]> {
  const sets = [`model.layers=${lab.pick(8, 2)}`]
  const chosen = lab.pick(TOKENS, TOKENS_QUICK)
  const points: Point[] = []
  for (const tokens of chosen) {
    const flags = { tokens: `${tokens}`, ...lab.pick({}, { iterations: '12' }) }
    points.push(await lab.load(CONFIG, { flags, sets }))
  }
  const measured = await lab.measure(points)
  return chosen.map((tokens, i) => ({ tokens, point: points[i]!, measured: measured[i]! }))
}

const utilization = ({ measured, point }: Cell, id: string) => moeUtilization(measured, id, point)

/** Mean over the numbers of tokens. */
const gain = (cells: readonly Cell[], step: Step, over: Step) =>
  mean(cells.map((cell) => utilization(cell, STEPS[step]) / utilization(cell, STEPS[over]) - 1))

/** Q9: how much a step adds, judged by `judge`. */
function stepRow(
  cells: readonly Cell[],
  [over, step]: readonly [Step, Step],
  text: string,
  judge: (gain: number) => Judgement,
): Row {
  const ours = gain(cells, step, over)
  const each = cells.map(
    (cell) =>
      `${cell.tokens} tokens ${pct(utilization(cell, STEPS[over]))} to ${pct(utilization(cell, STEPS[step]))}`,
  )
  const { point } = cells.at(-1)!
  const pauses = cells.map(({ measured }) => measured.get(STEPS[step])?.metrics.deferrals?.value ?? 0)
  const paused = pauses.some((count) => count > 0) ? `; requests paused ${pauses.join(' and ')} times` : ''
  return {
    id: `F15-${step}`,
    claim: 'Q9',
    what: `mean gain of utilization of ${step} over ${over}`,
    config: point.commandFor(STEPS[over], STEPS[step]),
    published: { text, value: null },
    ours: { value: ours, unit: 'share' },
    judgement: judge(ours),
    reason: `from ${STEPS[over]} to ${STEPS[step]}: ${each.join(', ')}${paused}`,
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

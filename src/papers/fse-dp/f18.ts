// Fig. 18: from 2x2 to 4x4 dies, utilization and latency of EP, Hydra and FSE-DP.
import type { DataTable, Figure, FigureResult, Reading, Row } from '../figure.ts'
import type { Lab, Measured, Point } from '../lab.ts'
import type { RoutingStatistics } from '../routing-statistics.ts'
import { allOf, mostOf, type Part, tellParts } from '../rules.ts'
import {
  EP,
  EP_FAIR,
  FSE_DP,
  HYDRA,
  HYDRA_FAIR,
  layerLatencyPs,
  mean,
  metric,
  PAIRED,
  pct,
  TOKENS,
} from './common.ts'

const CONFIG = 'fse-dp-f18-scaling'
const ARRAYS = ['fse-dp-2x2', 'fse-dp-3x3', 'fse-dp-4x4'] as const
const SMALLEST = ARRAYS[0]
const LARGEST = ARRAYS[2]
const SCHEDULERS = [EP, EP_FAIR, HYDRA, HYDRA_FAIR, FSE_DP, PAIRED]
/** "Much less": at most this share of the other's drop. */
const MUCH_LESS = 0.75

interface Cell {
  readonly array: string
  readonly tokens: number
  readonly point: Point
  readonly measured: Measured
  readonly statistics: RoutingStatistics
}

export const f18: Figure = {
  title: 'scaling from 2x2 to 4x4 dies, Qwen3 (Fig. 18)',
  async run(lab): Promise<FigureResult> {
    const cells = await measureCells(lab)
    const corners = await measureCorners(lab)
    return {
      rows: [
        scalingRow(cells, [EP], ''),
        scalingRow(cells, [EP_FAIR], '-fair'),
        cornersRow(cells, corners),
        fastestRow(cells),
      ],
      tables: [scalingTable(cells)],
      notes: [
        `DDR channels at the four corners, 25.6, 38.4 and 51.2 GB/s each; ${lab.pick('layers 16, 20, 24 and 28', 'QUICK: layer 16 alone instead of 16, 20, 24 and 28')}, one routing`,
      ],
    }
  },
}

async function measureCells(lab: Lab): Promise<Cell[]> {
  const settings = ARRAYS.flatMap((array) => TOKENS.map((tokens) => ({ array, tokens })))
  const points: Point[] = []
  for (const { array, tokens } of settings) {
    const flags = { hardware: array, tokens: `${tokens}`, ...lab.pick({}, { layers: '16' }) }
    points.push(await lab.load(CONFIG, { flags }))
  }
  const measured = await lab.measure(points)
  const cells: Cell[] = []
  for (const [i, setting] of settings.entries()) {
    const point = points[i]!
    cells.push({ ...setting, point, measured: measured[i]!, statistics: await lab.statistics(point) })
  }
  return cells
}

/** What to put behind `moesim run` for numbers that are of all cells. */
function runOf([cell]: readonly Cell[]): string {
  const command = cell!.point.templateFor({ hardware: `<${SMALLEST} or ${LARGEST}>`, tokens: '<tokens>' })
  return `${command}, for ${TOKENS.join(', ')} tokens`
}

/** Relative loss of utilization from 2x2 to 4x4 dies, mean over the numbers of tokens. */
function drop(cells: readonly Cell[], id: string): number {
  const utilization = (array: string, tokens: number) => {
    const cell = cells.find((one) => one.array === array && one.tokens === tokens)!
    return metric(cell.measured, id, 'computeUtilization')
  }
  return mean(TOKENS.map((tokens) => 1 - utilization(LARGEST, tokens) / utilization(SMALLEST, tokens)))
}

/** Q11. */
function scalingRow(cells: readonly Cell[], [ep]: readonly [string], suffix: string): Row {
  const dropOf = (id: string) => drop(cells, id)
  const own = dropOf(PAIRED)
  const parts: Part[] = [
    { demand: `${ep} loses more than ${HYDRA}`, holds: dropOf(ep) > dropOf(HYDRA) },
    {
      demand: `${PAIRED} loses at most three quarters of what ${ep} loses`,
      holds: own <= MUCH_LESS * dropOf(ep),
    },
    {
      demand: `${PAIRED} loses at most three quarters of what ${HYDRA} loses`,
      holds: own <= MUCH_LESS * dropOf(HYDRA),
    },
  ]
  return {
    id: `F18-drop${suffix}`,
    claim: 'Q11',
    what: `mean utilization lost by ${PAIRED} from 2x2 to 4x4, beside ${ep}`,
    config: runOf(cells),
    published: { text: 'EP drops most, FSE-DP much less', value: null },
    ours: { value: own, unit: 'share' },
    judgement: allOf(parts),
    reason: `lost: ${SCHEDULERS.map((id) => `${id} ${pct(dropOf(id))}`).join(', ')}`,
    detail: tellParts(parts),
  }
}

/**
 * EP that computes on the four corner dies alone, as the reference code places experts (NEAREST): as fast as on 2x2 dies
 * with the channels of 4x4, and three quarters of the compute idle. Tokens of the inner dies would travel up to two hops
 * more, which costs EP a little more than is counted here.
 */
const CORNERS: Reading = {
  name: 'EP on the corner dies alone',
  settings: `the reference code computes an expert on the die nearest to its channel (NEAREST): EP on 4x4 as ${SMALLEST} with --set "hardware.memory.bandwidth=51.2 GB/s", a quarter of its utilization`,
}
const CORNER_SHARE = 4 / 16

async function measureCorners(lab: Lab): Promise<Measured[]> {
  const points: Point[] = []
  for (const tokens of TOKENS) {
    const flags = {
      hardware: SMALLEST,
      tokens: `${tokens}`,
      schedulers: [EP],
      ...lab.pick({}, { layers: '16' }),
    }
    points.push(await lab.load(CONFIG, { flags, sets: ['hardware.memory.bandwidth=51.2 GB/s'] }))
  }
  return lab.measure(points)
}

function cornersRow(cells: readonly Cell[], corners: readonly Measured[]): Row {
  const small = TOKENS.map((tokens) => cells.find((one) => one.array === SMALLEST && one.tokens === tokens)!)
  const use = (measured: Measured) => metric(measured, EP, 'computeUtilization')
  const ep = mean(small.map(({ measured }, i) => 1 - (CORNER_SHARE * use(corners[i]!)) / use(measured)))
  const own = drop(cells, PAIRED)
  const parts: Part[] = [
    { demand: `${EP} loses more than ${PAIRED}`, holds: ep > own },
    {
      demand: `${PAIRED} loses at most three quarters of what ${EP} loses`,
      holds: own <= MUCH_LESS * ep,
    },
  ]
  return {
    id: 'F18-drop-corners',
    claim: 'Q11',
    reading: CORNERS,
    what: `mean utilization lost by ${PAIRED} from 2x2 to 4x4, beside ${EP} on the corners`,
    config: runOf(cells),
    published: { text: 'EP drops most, FSE-DP much less', value: null },
    ours: { value: own, unit: 'share' },
    judgement: allOf(parts),
    reason: `${EP} loses ${pct(ep)}; DDR of a die halves (25.6 to 12.8 GB/s), so whatever is near the memory bound loses half`,
    detail: tellParts(parts),
  }
}

/** Utilization alone would hide it: which schedule is the fastest on 4x4 dies? */
function fastestRow(cells: readonly Cell[]): Row {
  const largest = cells.filter(({ array }) => array === LARGEST)
  const fastest = largest.map(({ tokens, measured }) => {
    const latency = (id: string) => metric(measured, id, 'latency')
    return { tokens, id: SCHEDULERS.reduce((best, id) => (latency(id) < latency(best) ? id : best)) }
  })
  const holding = fastest.filter(({ id }) => id === FSE_DP || id === PAIRED).length
  return {
    id: 'F18-fastest',
    claim: 'Q11',
    what: 'numbers of tokens at which FSE-DP is the fastest on 4x4 dies',
    config: runOf(cells),
    published: { text: 'FSE-DP scales best', value: null },
    ours: { value: holding / largest.length, unit: 'share' },
    judgement: mostOf(holding, largest.length),
    reason: `fastest: ${fastest.map(({ tokens, id }) => `${id} at ${tokens} tokens`).join(', ')}`,
  }
}

function scalingTable(cells: readonly Cell[]): DataTable {
  return {
    name: 'scaling',
    title: 'latency of a layer (mean) and compute utilization',
    isPrinted: true,
    columns: [
      { name: 'hardware' },
      { name: 'tokens' },
      ...SCHEDULERS.map((id) => ({ name: id, unit: 'ps' })),
      ...SCHEDULERS.map((id) => ({ name: `utilization ${id}`, unit: 'share' })),
      { name: 'active experts' },
      { name: 'tokens per active expert' },
    ],
    rows: cells.map(({ array, tokens, point, measured, statistics }) => [
      array,
      tokens,
      ...SCHEDULERS.map((id) => layerLatencyPs(measured, id, point)),
      ...SCHEDULERS.map((id) => metric(measured, id, 'computeUtilization')),
      statistics.activeExperts,
      statistics.tokensPerActiveExpert,
    ]),
  }
}

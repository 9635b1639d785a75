// The page of a competition: the leaderboard, a map of who is how near the optimum where, and how to repeat it.
import type { Leaderboard } from '../../compete/leaderboard.ts'
import { ratio, time } from '../cells.ts'
import { competeGrids, differInSeed, refusedText } from '../compete.ts'
import { oneOf } from '../one-of.ts'
import { CHART_WIDTH } from './charts/rows.ts'
import type { Chart, Page } from './page.ts'

/** `command`: what was typed, for the shell. */
export function competePage(board: Leaderboard, version: string, command: string): Page {
  const refused = refusedText(board)
  return {
    title: competeTitle(board),
    facts: [
      { label: 'schedulers', text: `${board.standings.length}` },
      { label: 'cells', text: `${board.cells.length} (hardware, model, tokens, seed)` },
      { label: 'moesim', text: version },
    ],
    datasets: {},
    sections: [
      {
        heading: 'Leaderboard',
        notes: refused === undefined ? [] : [refused],
        charts: [nearnessChart(board)],
        tables: competeGrids(board),
      },
      {
        heading: 'Repeat it',
        notes: [
          'In the folder where it was run: the same version and input give the same numbers, byte by byte.',
        ],
        charts: [],
        tables: [],
        commands: [command, `${command} --format csv`],
      },
    ],
  }
}

/** On which hardware, which models, how much work. */
function competeTitle({ cells }: Leaderboard): string {
  const names = (of: (cell: Leaderboard['cells'][number]) => string, kind: string) =>
    oneOf(cells.map(of), kind)
  const hardware = names((cell) => cell.hardware, 'machines')
  const model = names((cell) => cell.model, 'models')
  const tokens = names((cell) => `${cell.tokens} tokens`, 'token counts')
  return `Leaderboard: ${model} on ${hardware}, ${tokens}`
}

function nearnessChart({ cells, standings }: Leaderboard): Chart {
  const hasSeeds = differInSeed(cells)
  const cellName = ({ hardware, model, tokens, seed }: Leaderboard['cells'][number]) =>
    `${hardware}, ${model}, ${tokens} tokens${hasSeeds ? `, seed ${seed}` : ''}`
  const values = cells.flatMap((cell) =>
    cell.entries.map(({ scheduler, overOptimum, latencyPs }) => ({
      cell: cellName(cell),
      scheduler,
      over: overOptimum,
      exact: ratio(overOptimum),
      latency: time(latencyPs),
      optimum: time(cell.optimumPs),
    })),
  )
  return {
    id: 'nearness',
    title: 'Latency over the optimum',
    caption:
      'A row for each machine, model and token count, a column for each scheduler, the best first: 1 is what no schedule and no placement beats.',
    spec: {
      data: { values },
      width: CHART_WIDTH,
      height: { step: 18 },
      mark: { type: 'rect' },
      encoding: {
        x: {
          field: 'scheduler',
          type: 'nominal',
          sort: standings.map(({ scheduler }) => scheduler),
          title: null,
        },
        y: { field: 'cell', type: 'nominal', sort: null, title: null },
        color: { field: 'over', type: 'quantitative', scale: { type: 'log' }, title: 'over optimum [x]' },
        tooltip: [
          { field: 'cell', title: 'where' },
          { field: 'scheduler', title: 'scheduler' },
          { field: 'exact', title: 'over optimum' },
          { field: 'latency', title: 'latency' },
          { field: 'optimum', title: 'optimum' },
        ],
      },
    },
  }
}

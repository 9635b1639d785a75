// A leaderboard for people, spreadsheets and programs: table, JSON, CSV, Markdown.
import type { ChalkInstance } from 'chalk'
import type { Cell, Leaderboard, Standing } from '../compete/leaderboard.ts'
import type { OutputFormat } from '../config/experiment/experiment.ts'
import { ABSENT, count, energy, ratio, size, time } from './cells.ts'
import { csvRow } from './csv.ts'
import { type GridColumn, titledGrid } from './grid.ts'
import { escaped, markdownGrid } from './markdown-grid.ts'
import { prose } from './prose.ts'

export const competeFormats: Readonly<
  Record<OutputFormat, (board: Leaderboard, chalk: ChalkInstance, width?: number) => string>
> = { table: renderTable, json: renderJson, csv: renderCsv, markdown: renderMarkdown }

interface Grid {
  readonly title: string
  readonly columns: readonly GridColumn[]
  readonly rows: readonly (readonly string[])[]
}

const left = (header: string): GridColumn => ({ header, align: 'left' })
const right = (header: string): GridColumn => ({ header, align: 'right' })

const STANDING_COLUMNS = [
  left('scheduler'),
  right('over optimum [x]'),
  right('worst [x]'),
  right('over best [x]'),
  right('wins'),
  right('cells'),
  right('peak SRAM per die'),
  right('energy'),
]

const standingRow = (one: Standing) => [
  one.scheduler,
  ratio(one.overOptimum),
  ratio(one.worst),
  ratio(one.overBest),
  count(one.wins),
  count(one.cells),
  size(one.sramBytes),
  one.energyJ === undefined ? ABSENT : energy(one.energyJ),
]

const CELL_COLUMNS = [
  left('hardware'),
  left('model'),
  right('tokens'),
  right('optimum free'),
  left('winner'),
  right('over optimum [x]'),
  left('second'),
  right('over optimum [x]'),
]

function cellRow({ hardware, model, tokens, optimumPs, entries }: Cell): string[] {
  const [winner, second] = entries
  return [
    ...[hardware, model, count(tokens), time(optimumPs)],
    ...[winner!.scheduler, ratio(winner!.overOptimum)],
    ...(second === undefined ? [ABSENT, ABSENT] : [second.scheduler, ratio(second.overOptimum)]),
  ]
}

/** Two tables. */
export function competeGrids({ standings, cells }: Leaderboard): Grid[] {
  return [
    {
      title: 'leaderboard: geometric means over cells of latency over the optimum with weights anywhere',
      columns: STANDING_COLUMNS,
      rows: standings.map(standingRow),
    },
    { title: 'who wins where', columns: CELL_COLUMNS, rows: cells.map(cellRow) },
  ]
}

/** What could not run. */
export function refusedText({ refused }: Leaderboard): string | undefined {
  if (refused === 0) return undefined
  return `${count(refused)} times a scheduler could not run, such as where weights do not fit: these cells are not in its means.`
}

function renderTable(board: Leaderboard, chalk: ChalkInstance, width?: number): string {
  const tables = competeGrids(board).map((grid) => titledGrid(grid, chalk, width))
  const refused = refusedText(board)
  return [...tables, ...(refused === undefined ? [] : [`${prose(refused, width)}\n`])].join('\n')
}

function renderMarkdown(board: Leaderboard): string {
  const tables = competeGrids(board).map(
    ({ title, columns, rows }) => `### ${escaped(title)}\n\n${markdownGrid(columns, rows)}`,
  )
  const refused = refusedText(board)
  return [...tables, ...(refused === undefined ? [] : [`${escaped(refused)}\n`])].join('\n')
}

function renderJson({ standings, cells, refused }: Leaderboard): string {
  return `${JSON.stringify({ schemaVersion: 1, standings, cells, refused }, null, 2)}\n`
}

/** A row for every scheduler in every cell. */
function renderCsv({ cells }: Leaderboard): string {
  const header = [
    'hardware',
    'model',
    'tokens',
    'scheduler',
    'latency_ps',
    'optimumFree_ps',
    'overOptimumFree',
  ]
  const rows = cells.flatMap(({ hardware, model, tokens, optimumPs, entries }) =>
    entries.map(({ scheduler, latencyPs, overOptimum, sramBytes, energyJ }) => [
      ...[hardware, model, `${tokens}`, scheduler, `${latencyPs}`, `${optimumPs}`, `${overOptimum}`],
      ...[`${sramBytes}`, `${energyJ ?? ''}`],
    ]),
  )
  return [[...header, 'peakSramPerDie_B', 'energy_J'], ...rows].map(csvRow).join('')
}

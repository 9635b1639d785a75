// A leaderboard for people, spreadsheets and programs: table, JSON, CSV, Markdown.
import type { ChalkInstance } from 'chalk'
import type { Cell, Leaderboard, Standing } from '../compete/leaderboard.ts'
import type { OutputFormat } from '../config/experiment/experiment.ts'
import { ABSENT, count, energy, percent, ratio, size, time } from './cells.ts'
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
  right('within 1.05 [%]'),
  right('within 1.10 [%]'),
  right('over best [x]'),
  right('lead [x]'),
  right('least lead [x]'),
  right('wins'),
  right('cells'),
  right('peak SRAM per die'),
  right('energy'),
]

const standingRow = (one: Standing) => [
  one.scheduler,
  ratio(one.overOptimum),
  ratio(one.worst),
  percent(one.within105),
  percent(one.within110),
  ratio(one.overBest),
  one.lead === undefined ? ABSENT : ratio(one.lead),
  one.leastLead === undefined ? ABSENT : ratio(one.leastLead),
  count(one.wins),
  count(one.cells),
  size(one.sramBytes),
  one.energyJ === undefined ? ABSENT : energy(one.energyJ),
]

const cellColumns = (hasSeeds: boolean) => [
  left('hardware'),
  left('model'),
  right('tokens'),
  ...(hasSeeds ? [right('seed')] : []),
  right('optimum free'),
  left('winner'),
  right('over optimum [x]'),
  left('second'),
  right('over optimum [x]'),
]

function cellRow({ hardware, model, tokens, seed, optimumPs, entries }: Cell, hasSeeds: boolean): string[] {
  const [winner, second] = entries
  return [
    ...[hardware, model, count(tokens), ...(hasSeeds ? [`${seed}`] : []), time(optimumPs)],
    ...[winner!.scheduler, ratio(winner!.overOptimum)],
    ...(second === undefined ? [ABSENT, ABSENT] : [second.scheduler, ratio(second.overOptimum)]),
  ]
}

/** Two tables. */
export function competeGrids({ standings, cells }: Leaderboard): Grid[] {
  const hasSeeds = differInSeed(cells)
  return [
    {
      title: 'leaderboard: geometric means over cells of latency over the optimum with weights anywhere',
      columns: STANDING_COLUMNS,
      rows: standings.map(standingRow),
    },
    {
      title: 'who wins where',
      columns: cellColumns(hasSeeds),
      rows: cells.map((cell) => cellRow(cell, hasSeeds)),
    },
  ]
}

export const differInSeed = (cells: readonly Cell[]) => cells.some(({ seed }) => seed !== cells[0]!.seed)

/** Reasons that are shown; JSON has all. */
const MOST_REASONS = 3

/** What could not run, and why. */
export function refusedText({ refused, reasons }: Leaderboard): string | undefined {
  if (refused === 0) return undefined
  const why = reasons.slice(0, MOST_REASONS).map(({ error, count: times }) => `${error} (${count(times)}x)`)
  const rest = reasons.length > MOST_REASONS ? ['others (--format json has all)'] : []
  return `${count(refused)} times a scheduler could not run: these cells are not in its means. Why: ${[...why, ...rest].join('; ')}.`
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

function renderJson({ standings, cells, refused, reasons }: Leaderboard): string {
  return `${JSON.stringify({ schemaVersion: 1, standings, cells, refused, reasons }, null, 2)}\n`
}

/** A row for every scheduler in every cell. */
function renderCsv({ cells }: Leaderboard): string {
  const header = [
    'hardware',
    'model',
    'tokens',
    'seed',
    'scheduler',
    'latency_ps',
    'optimumFree_ps',
    'overOptimumFree',
  ]
  const rows = cells.flatMap(({ hardware, model, tokens, seed, optimumPs, entries }) =>
    entries.map(({ scheduler, latencyPs, overOptimum, sramBytes, energyJ }) => [
      ...[hardware, model, `${tokens}`, `${seed}`, scheduler],
      ...[`${latencyPs}`, `${optimumPs}`, `${overOptimum}`],
      ...[`${sramBytes}`, `${energyJ ?? ''}`],
    ]),
  )
  return [[...header, 'peakSramPerDie_B', 'energy_J'], ...rows].map(csvRow).join('')
}

// The tables of the documents that follow from tables of the program: their rows as Markdown.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeIo } from '../../src/cli/node/io.ts'
import { namedTopics } from '../../src/cli/topics.ts'
import type { Leaderboard } from '../../src/compete/leaderboard.ts'
import { listBundled } from '../../src/config/bundled.ts'
import { ratio, size } from '../../src/report/cells.ts'
import { allowedValues } from '../../src/schedulers/options.ts'
import { schedulers } from '../../src/schedulers/table.ts'
import { runCli } from '../helpers/run-cli.ts'

type Row = readonly string[]

/** As long as the README has room. */
const SHOWN_STANDINGS = 3

/** A small competition, whose command the README shows. */
async function standings(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'moesim-compete-'))
  try {
    const cells = [
      '--hardware',
      'fse-dp-3x3,dojo-5x5,h100-dgx-8',
      '--model',
      'qwen3-30b-a3b',
      '--tokens',
      '64',
    ]
    const { stdout } = await runCli([
      'compete',
      ...cells,
      '--output-dir',
      folder,
      '--format',
      'json',
      '--quiet',
    ])
    const board = JSON.parse(stdout) as Leaderboard
    // Of presets that do the same here the first stands for all.
    const shown = board.standings.filter(
      ({ overOptimum }, i) => ratio(overOptimum) !== ratio(board.standings[i - 1]?.overOptimum ?? 0),
    )
    return shown
      .slice(0, SHOWN_STANDINGS)
      .map(({ scheduler, overOptimum, wins, sramBytes }) => [
        ...[code(scheduler), ratio(overOptimum)],
        ...[`${wins}`, size(sramBytes)],
      ])
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const code = (text: string) => `\`${text}\``

const topics = (kind: string) => namedTopics().filter((topic) => topic.kind === kind)
const described = (kind: string) =>
  topics(kind).map(({ name, definition, source }): Row => [code(name), definition, source])

const bundled = async (kind: 'hardware' | 'models' | 'experiments') =>
  (await listBundled(nodeIo, kind)).map(({ name, summary }): Row => [code(name), summary])

const TABLES: Readonly<Record<string, () => readonly Row[] | Promise<readonly Row[]>>> = {
  metrics: () => topics('metric').map(({ name, unit, definition }) => [code(name), unit!, definition]),
  schedulers: () => described('scheduler'),
  presets: () =>
    topics('preset').map(({ name, means, definition }) => [code(name), code(means!), definition]),
  options: () =>
    Object.entries(schedulers).flatMap(([scheduler, { options }]) =>
      Object.entries(options).map(([option, spec]) => [
        code(`${scheduler}:${option}`),
        `${spec.default}`,
        allowedValues(spec),
        spec.doc,
      ]),
    ),
  placements: () => described('placement'),
  predictors: () => described('predictor'),
  hardware: () => bundled('hardware'),
  models: () => bundled('models'),
  experiments: () => bundled('experiments'),
  compete: standings,
}

/** The rows of a table, a line each. */
export async function tableRows(name: string): Promise<string> {
  const rows = await TABLES[name]!()
  return rows.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`).join('')
}

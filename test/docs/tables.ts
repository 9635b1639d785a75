// The tables of the documents that follow from tables of the program: their rows as Markdown.
import { nodeIo } from '../../src/cli/node/io.ts'
import { namedTopics } from '../../src/cli/topics.ts'
import { listBundled } from '../../src/config/bundled.ts'
import { allowedValues } from '../../src/schedulers/options.ts'
import { schedulers } from '../../src/schedulers/table.ts'

type Row = readonly string[]

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
}

/** The rows of a table, a line each. */
export async function tableRows(name: string): Promise<string> {
  const rows = await TABLES[name]!()
  return rows.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`).join('')
}

// `moesim list`: what can be named in an experiment, with a word about each.
import { Argument, type Command, Option } from 'commander'
import type { CatalogueEntry, CatalogueKind } from '../catalogue.ts'
import type { Session } from '../session.ts'

const KINDS: readonly CatalogueKind[] = [
  'hardware',
  'models',
  'schedulers',
  'placements',
  'predictors',
  'topologies',
  'traces',
  'experiments',
]

export function addList(program: Command, session: Session): Command {
  return program
    .command('list')
    .description('list what can be named in an experiment')
    .addArgument(new Argument('<kind>', 'what to list').choices(KINDS))
    .addOption(new Option('--format <format>', 'how to print it').choices(['table', 'json']).default('table'))
    .action(async (kind: CatalogueKind, { format }: { format: 'table' | 'json' }) => {
      const { catalogue } = await import('../catalogue.ts')
      const entries = await catalogue(session.io, kind)
      session.result(
        format === 'json' ? `${JSON.stringify(entries, undefined, 2)}\n` : await asTable(entries, session),
      )
    })
    .addHelpText(
      'after',
      `
Examples:
  moesim list hardware
  moesim list schedulers --format json`,
    )
}

async function asTable(entries: readonly CatalogueEntry[], session: Session): Promise<string> {
  const { renderGrid } = await import('../../report/grid.ts')
  const columns = [
    { header: 'name', align: 'left' },
    { header: 'what it is', align: 'left' },
  ] as const
  return renderGrid(columns, entries.flatMap(rowsOf), session.chalk('stdout'), session.tableWidth)
}

/** The entry itself, then its options with their defaults, set in. */
function rowsOf({ name, summary, options = [], preset }: CatalogueEntry): string[][] {
  const settings = Object.entries(preset?.options ?? {}).map(([key, value]) => `${key}=${value}`)
  const meaning = preset ? ` (${preset.scheduler}:${settings.join(',')})` : ''
  return [
    [name, `${summary}${meaning}`],
    ...options.map((option) => [`  ${option.name}=${option.default}`, `${option.doc} (${option.allowed})`]),
  ]
}

// `moesim sweep status`: which shards of a sweep are done, at work, stopped or not started, and which points are missing.
import type { Command } from 'commander'
import type { SweepStatus } from '../../sweep/status.ts'
import { counted, type Session } from '../session.ts'

/** Of the missing points, as many as are worth reading. */
const SHOWN_POINTS = 10

export function addSweepStatus(sweep: Command, session: Session): void {
  sweep
    .command('status')
    .description('what is done of a sweep, by shard, and which points are missing')
    .argument('<dir>', 'the --output-dir of the sweep')
    .option('--json', 'as data, with all missing points')
    .action((folder: string, { json = false }: { json?: boolean }) => status(session, folder, json))
    .addHelpText(
      'after',
      `
A shard is done, running (and where), stopped (begun, not done, and nobody at work on it) or not started.

Examples:
  moesim sweep status dse-sweep
  moesim sweep status dse-sweep --json`,
    )
}

async function status(session: Session, folder: string, isData: boolean): Promise<void> {
  const { readPlan } = await import('../../sweep/plan-file.ts')
  const { statusOf } = await import('../../sweep/status.ts')
  const plan = await readPlan(session.io, folder)
  const found = await statusOf(session.io, folder, plan, session.ports.version)
  session.result(
    isData
      ? `${JSON.stringify({ axes: plan.axes, ...found }, undefined, 2)}\n`
      : await asText(session, found, plan),
  )
}

async function asText(
  session: Session,
  { points, done, refused, shards, missing }: SweepStatus,
  { name, axes }: { readonly name: string; readonly axes: readonly string[] },
): Promise<string> {
  const { renderGrid } = await import('../../report/grid.ts')
  const columns = [
    { header: 'shard', align: 'left' },
    { header: 'points', align: 'right' },
    { header: 'done', align: 'right' },
    { header: 'state', align: 'left' },
  ] as const
  const rows = shards.map(({ shard = 'whole', state, holder, ...counts }) => [
    shard,
    `${counts.points}`,
    `${counts.done}`,
    holder === undefined ? state : `${state} (${holder})`,
  ])
  const cannot = refused > 0 ? `, of which ${refused} cannot run` : ''
  const shown = missing
    .slice(0, SHOWN_POINTS)
    .map((values) => `  ${values.map((value, i) => `${axes[i]}=${value}`).join(', ')}\n`)
  const more =
    missing.length > SHOWN_POINTS
      ? [`  and ${counted(missing.length - SHOWN_POINTS, 'point')} more (--json has all)\n`]
      : []
  return [
    `${name}: ${done} of ${counted(points, 'point')} done${cannot}\n`,
    ...(rows.length > 0
      ? ['\n', renderGrid(columns, rows, session.chalk('stdout'), session.tableWidth)]
      : []),
    ...(missing.length > 0 ? ['\nmissing:\n', ...shown, ...more] : []),
  ].join('')
}

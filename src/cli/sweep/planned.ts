// The plan of a sweep and the folder that it is kept in: made from its files, or taken from a frozen copy of them.
import { basename, dirname } from 'node:path'
import { fail } from '../../errors.ts'
import type { SweepPlan, SweepRequest } from '../../sweep/points.ts'
import type { Shard } from '../../sweep/shard.ts'
import type { Session } from '../session.ts'

interface Planned {
  readonly plan: SweepPlan
  readonly folder: string
}

/**
 * `own`: the points that are to be run. A shard plans no others where the folder has a plan of the same files; on a frozen
 * copy no process does. Throws UserError.
 */
export async function planned(
  { io, ports: { version } }: Session,
  request: SweepRequest,
  outputDir: string | undefined,
  own: Shard | 'none' | undefined,
): Promise<Planned> {
  const { FROZEN_FILE, nameOf, thawnIfSame, thawSweep } = await import('../../sweep/frozen.ts')
  const { planSweep } = await import('../../sweep/points.ts')
  const { file } = request
  if (basename(file) === FROZEN_FILE) {
    assertAsFrozen(request)
    const plan = await thawSweep(io, file, version, own)
    return { plan, folder: outputDir ?? dirname(file) }
  }
  if (own !== undefined && own !== 'none') {
    const name = outputDir === undefined ? await nameOf(io, request) : undefined
    const folder = outputDir ?? (name === undefined ? undefined : folderOf(name))
    const plan = folder && (await thawnIfSame(io, folder, request, version, own))
    if (folder && plan) return { plan, folder }
  }
  const plan = await planSweep(io, request, own)
  return { plan, folder: outputDir ?? folderOf(plan.name) }
}

function assertAsFrozen({ file, axes, sets, constraints = [] }: SweepRequest): void {
  if (axes.length + sets.length + constraints.length === 0) return
  const what = '--axis, --set or --constraint with a frozen copy, which has those of its sweep'
  fail('usage', { what, hint: `give them with the experiment file that ${file} is a copy of` })
}

/** Never hidden, and nothing that a command would take for an option. */
function folderOf(name: string): string {
  const plain = name.replaceAll(/[^\w.-]/g, '-').replace(/^[-.]+/, '')
  return `${plain === '' ? 'unnamed' : plain}-sweep`
}

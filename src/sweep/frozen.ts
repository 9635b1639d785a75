// The frozen copy of a sweep: what its shards run on, each planning its own points only, whatever becomes of its files.
import { dirname, join } from 'node:path'
import * as z from 'zod'
import { readConfig } from '../config/library.ts'
import { type Diagnostic, fail, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { InputFiles } from './input-files.ts'
import { readPlan, type StoredPlan } from './plan-file.ts'
import { PointIds } from './point-ids.ts'
import { combination } from './point-resolver.ts'
import { openSweep, type SweepPlan, type SweepPoint, type SweepRequest, type SweepSource } from './points.ts'
import { isOf, type Shard } from './shard.ts'

export const FROZEN_FILE = 'frozen.json'

export const MOST_FROZEN_BYTES = 2 ** 28
const texts = z.array(z.string())

const frozenSchema = z.strictObject({
  schemaVersion: z.literal(1),
  moesim: z.string(),
  request: z.strictObject({ file: z.string(), sets: texts, axes: texts, constraints: texts }),
  files: z.array(z.strictObject({ path: z.string(), text: z.string() })),
  combinations: z.array(z.int().min(0)).optional(),
})

type Frozen = z.output<typeof frozenSchema>

export function frozenText({ request, files, combinations }: SweepSource, moesim: string): string {
  const { file, sets, axes, constraints } = request
  return `${JSON.stringify({
    ...{ schemaVersion: 1, moesim },
    request: { file, sets, axes, constraints },
    files,
    ...(combinations && { combinations }),
  })}\n`
}

/**
 * The plan of a frozen copy, made for the points of one shard, or for all. Throws UserError where it is none, or of another
 * version, or not of the plan beside it.
 */
export async function thawSweep(
  io: Io,
  path: string,
  version: string,
  of: Shard | 'none' | undefined,
): Promise<SweepPlan> {
  const frozen = frozenIn(await readConfig(io, path, MOST_FROZEN_BYTES))
  const again = 'make it anew with --freeze, --slurm or --parallel'
  if (frozen === undefined) {
    return fail('syntax', { what: `not the frozen copy of a sweep; ${again}` }, { file: path })
  }
  if (frozen.moesim !== version) {
    const what = `made by moesim ${frozen.moesim}; this is ${version}`
    return fail('conflict', { what, hint: again }, { file: path })
  }
  const plan = await planOf(io, frozen, await readPlan(io, dirname(path)), of)
  if (plan !== undefined) return plan
  return fail('conflict', { what: 'not of the plan that lies beside it', hint: again }, { file: path })
}

/**
 * The same for a sweep whose files are named, where `folder` has a plan and a frozen copy of what they still say; undefined
 * where it has none, or one of something else: the sweep is then planned as a whole, which says what is wrong with it.
 */
export async function thawnIfSame(
  io: Io,
  folder: string,
  request: SweepRequest,
  version: string,
  of: Shard,
): Promise<SweepPlan | undefined> {
  try {
    const frozen = frozenIn(await readConfig(io, join(folder, FROZEN_FILE), MOST_FROZEN_BYTES))
    if (frozen?.moesim !== version || !isSame(frozen.request, request)) return undefined
    for (const { path, text } of frozen.files) if ((await readConfig(io, path)) !== text) return undefined
    return await planOf(io, frozen, await readPlan(io, folder), of)
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

/** What a sweep is called, by its first combination; undefined where that is no experiment. */
export async function nameOf(io: Io, request: SweepRequest): Promise<string | undefined> {
  try {
    const { resolver, groups } = await openSweep(new InputFiles(io), request)
    return (await resolver.resolve(combination(groups, 0))).experiment.name
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

function isSame(a: Frozen['request'], { file, sets, axes, constraints = [] }: SweepRequest): boolean {
  return (
    JSON.stringify([a.file, a.sets, a.axes, a.constraints]) ===
    JSON.stringify([file, sets, axes, constraints])
  )
}

/** Undefined where points are not those of the plan. */
async function planOf(
  io: Io,
  { request, files, combinations }: Frozen,
  { name, axes, limits = [], points }: StoredPlan,
  of: Shard | 'none' | undefined,
): Promise<SweepPlan | undefined> {
  const { resolver, groups } = await openSweep(new InputFiles(io, files), request)
  const ids = new PointIds(io)
  const own: SweepPoint[] = []
  const warnings = new Map<string, Diagnostic>()
  for (const [index, point] of points.entries()) {
    if (of === 'none' || !isOf(index, of)) continue
    await io.interruption.checkpoint()
    const resolved = await resolver.resolve(combination(groups, combinations?.[index] ?? index))
    if (ids.idOf(resolved.experiment) !== point.id) return undefined
    for (const warning of resolved.warnings) warnings.set(JSON.stringify(warning), warning)
    own.push({ ...point, experiment: resolved.experiment })
  }
  return {
    ...{ name, axes, points, own, limits },
    ...{ leftOut: 0, repeated: 0, warnings: [...warnings.values()] },
    source: { request, files, combinations },
  }
}

function frozenIn(text: string): Frozen | undefined {
  try {
    return frozenSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

// How far a sweep has come: what each of its shards has done, and which points have no result yet.
import { fail } from '../errors.ts'
import { type Io, IoError } from '../io.ts'
import { LOCK, readPoints, resultsFiles, type StoredPoints, shardOf } from './folder.ts'
import type { StoredPlan } from './plan-file.ts'
import { pointsOf, type Shard, shardText } from './shard.ts'

/** `stopped`: it has begun, not ended, and nobody is at work on it. */
type ShardState = 'done' | 'running' | 'stopped' | 'not started'

export interface ShardStatus {
  /** Such as 2/8; undefined: one process has the whole sweep. */
  readonly shard: string | undefined
  readonly points: number
  readonly done: number
  readonly state: ShardState
  /** Who is at work on it. */
  readonly holder: string | undefined
}

export interface SweepStatus {
  readonly points: number
  readonly done: number
  /** Of those done, the ones that cannot run. */
  readonly refused: number
  readonly shards: readonly ShardStatus[]
  /** As written, in the order of the axes. */
  readonly missing: readonly (readonly string[])[]
}

/** Throws UserError where the folder cannot be read, or a result in it is damaged. */
export async function statusOf(
  io: Io,
  folder: string,
  plan: StoredPlan,
  version: string,
): Promise<SweepStatus> {
  const { byId } = await readPoints(io, folder, version)
  const stored = plan.points.flatMap(({ id }) => byId.get(id) ?? [])
  return {
    points: plan.points.length,
    done: stored.length,
    refused: stored.filter(({ isRefused }) => isRefused).length,
    shards: await shardsOf(io, folder, plan, byId),
    missing: plan.points.filter(({ id }) => !byId.has(id)).map(({ values }) => values),
  }
}

/** The shares that the files of a folder speak of: every one of as many as there are, or the whole. Throws UserError. */
export async function shardsOf(
  io: Io,
  folder: string,
  plan: StoredPlan,
  byId: StoredPoints['byId'],
): Promise<ShardStatus[]> {
  const files = await resultsFiles(io, folder)
  const counts = [...new Set(files.map((file) => shardOf(file)?.of))]
  const shares = counts.flatMap((of): (Shard | undefined)[] =>
    of === undefined ? [undefined] : Array.from({ length: of }, (_, i) => ({ number: i + 1, of })),
  )
  const statuses: ShardStatus[] = []
  for (const share of shares) {
    const own = files.filter((file) => isSame(shardOf(file), share))
    const points = share === undefined ? plan.points : pointsOf(plan.points, share)
    const done = points.filter(({ id }) => byId.has(id)).length
    const holder = await holderOf(io, own)
    const ended = own.length === 0 ? 'not started' : 'stopped'
    const state = done === points.length ? 'done' : holder !== undefined ? 'running' : ended
    statuses.push({ shard: share && shardText(share), points: points.length, done, state, holder })
  }
  return statuses
}

const isSame = (a: Shard | undefined, b: Shard | undefined) => a?.number === b?.number && a?.of === b?.of

async function holderOf(io: Io, files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    try {
      const holder = await io.lockHolder(file + LOCK)
      if (holder !== undefined) return holder
    } catch (error) {
      if (error instanceof IoError) fail('file', { action: 'read', reason: error.reason }, { file })
      throw error
    }
  }
  return undefined
}

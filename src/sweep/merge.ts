// The results of a sweep in the order of its plan, whatever order, shards and interruptions they came from.
import { fail, invariant } from '../errors.ts'
import type { Io } from '../io.ts'
import { type PointRecord, recordIn } from '../run/point-record.ts'
import { LineReader, readPoints } from './folder.ts'
import type { StoredPlan } from './plan-file.ts'
import { shardsOf } from './status.ts'

const SHOWN_SHARDS = 10

export interface MergedPoint {
  /** From 0, in the order of the sweep. */
  readonly index: number
  /** As written, in the order of the axes. */
  readonly values: readonly string[]
  readonly record: PointRecord
}

export interface MergedSweep {
  readonly plan: StoredPlan
  /** Points that cannot run. */
  readonly refused: number
  /** Every time from the files: only one point is in memory. Throws UserError where a file has changed meanwhile. */
  points(): AsyncGenerator<MergedPoint, void>
}

/** Throws UserError where a point of the plan has no result yet, or a result is damaged. */
export async function mergeSweep(
  io: Io,
  folder: string,
  plan: StoredPlan,
  version: string,
): Promise<MergedSweep> {
  const { byId, wholeBytes } = await readPoints(io, folder, version)
  const missing = plan.points.filter(({ id }) => !byId.has(id)).length
  if (missing > 0) {
    const lacking = (await shardsOf(io, folder, plan, byId)).filter(({ state }) => state !== 'done')
    const where = lacking.flatMap(({ shard, state }) => (shard === undefined ? [] : [`${shard} (${state})`]))
    const of = where.length === 0 ? '' : `, of shards ${where.slice(0, SHOWN_SHARDS).join(', ')}`
    const more = where.length > SHOWN_SHARDS ? ` and ${where.length - SHOWN_SHARDS} more` : ''
    const what = `${missing} of ${plan.points.length} points have no result yet${of}${more}`
    const hint = `run the sweep, or the missing shards, again; "moesim sweep status ${folder}" says more`
    fail('conflict', { what, hint }, { file: folder })
  }
  return {
    plan,
    refused: plan.points.filter(({ id }) => byId.get(id)!.isRefused).length,
    async *points() {
      const lines = new LineReader(io, wholeBytes.size)
      for (const [index, { id, values }] of plan.points.entries()) {
        const stored = byId.get(id)
        invariant(stored !== undefined, 'a point without result')
        const record = recordIn(io, await lines.lineAt(stored))
        if (record === undefined) {
          return fail('conflict', { what: 'changed while it was read' }, { file: stored.file })
        }
        yield { index, values, record }
        await io.interruption.checkpoint()
      }
    },
  }
}

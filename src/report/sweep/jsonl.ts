// A sweep as JSONL: one line for each point, with everything that is known of it.
import type { MergedSweep } from '../../sweep/merge.ts'
import { type Front, rowsOf } from './columns.ts'

export async function* sweepJsonl(merged: MergedSweep, front: Front): AsyncGenerator<string, void> {
  const { axes } = merged.plan
  for await (const point of merged.points()) {
    const { id, results: _schedulers, ...rest } = point.record
    const results = rowsOf(point, front).flatMap(({ scheduler, isOnFront }) => {
      if (scheduler === undefined) return []
      const { metrics, ...head } = scheduler
      return [{ ...head, ...(front && { pareto: isOnFront }), metrics }]
    })
    const document = {
      schemaVersion: 1,
      point: point.index + 1,
      id,
      axes: Object.fromEntries(axes.map((path, i) => [path, point.values[i]])),
      ...rest,
      results,
    }
    yield `${JSON.stringify(document)}\n`
  }
}

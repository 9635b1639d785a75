// Runs the points of a sweep that are not done yet, and keeps each as soon as it is.
import { type Diagnostic, fail } from '../errors.ts'
import type { Io } from '../io.ts'
import { recordOf, refusalOf } from '../run/point-record.ts'
import { JobPool } from '../run/pool.ts'
import { RoutingCache } from '../run/routing.ts'
import { eachOutcome, type Outcome, type RunHooks } from '../run/run-many.ts'
import type { SweepPoint } from './points.ts'
import type { SweepStore } from './store.ts'

export interface SweepHooks extends Omit<RunHooks, 'onProgress'> {
  /**
   * Awaited after layers and points. Points count from what is left to do; `share` is of the work, in 0 to 1, and grows
   * within points too.
   */
  onProgress(pointsDone: number, pointsTotal: number, share: number): Promise<void>
}

export interface SweepOutcome {
  /** Points that were done before. */
  readonly skipped: number
  readonly done: number
  /** Of those done, the ones that cannot run. */
  readonly refused: number
}

/**
 * Runs `points`. Points that cannot run, such as for want of SRAM, are done too: their record says why. Throws UserError
 * where nothing can run on, such as a broken trace or a full disk.
 */
export async function runPoints(
  io: Io,
  points: readonly SweepPoint[],
  store: SweepStore,
  hooks: SweepHooks,
): Promise<SweepOutcome> {
  const onWarning = once(hooks.onWarning)
  const routings = new RoutingCache(io, hooks.onTraceRead, onWarning)
  const pending: SweepPoint[] = []
  for (const point of points) {
    if (store.find(point.id) === undefined) pending.push(point)
    else await assertSameTrace(point, store, routings)
    await io.interruption.checkpoint()
  }
  let [done, refused, share] = [0, 0, 0]
  const shown = () => hooks.onProgress(done, pending.length, share)
  const pool = new JobPool(io)
  try {
    const experiments = pending.map(({ experiment }) => experiment)
    const runHooks: RunHooks = {
      ...hooks,
      onWarning,
      onProgress: async (layersDone, layersTotal) => {
        share = layersDone / layersTotal
        await shown()
      },
    }
    const options = { routings, idOf: (index: number) => pending[index]!.id }
    for await (const outcome of eachOutcome(io, experiments, runHooks, pool, options)) {
      if (outcome.kind === 'refused') refused++
      await store.add(recordText(pending[outcome.index]!, outcome, hooks.version))
      done++
      await shown()
    }
  } finally {
    await pool.close()
  }
  return { skipped: points.length - pending.length, done, refused }
}

/** What is kept of a point, as JSON. */
function recordText({ id, experiment }: SweepPoint, outcome: Outcome, moesim: string): string {
  if (outcome.kind === 'record') return outcome.record
  if (outcome.kind === 'result') return JSON.stringify(recordOf({ id, ...outcome.result }))
  return JSON.stringify(refusalOf({ id, moesim }, experiment, outcome.error))
}

/** A point is named by its config, in which a trace is only a name: its content must be what it was. */
async function assertSameTrace(
  { id, experiment }: SweepPoint,
  store: SweepStore,
  routings: RoutingCache,
): Promise<void> {
  const { routing, seed } = experiment
  const stored = store.find(id)
  if (routing.kind !== 'trace' || stored?.traceSha256 === undefined) return
  const source = (await routings.open(experiment)).of(seed)
  if (source.sha256 === stored.traceSha256) return
  const what = `has results that were made with another content of ${routing.path}`
  fail('conflict', { what, hint: 'use another --output-dir, or delete the results' }, { file: stored.file })
}

/** Every warning once, however many points it is about. */
function once(warn: (warning: Diagnostic) => void): (warning: Diagnostic) => void {
  const seen = new Set<string>()
  return (warning) => {
    const text = JSON.stringify(warning)
    if (!seen.has(text)) warn(warning)
    seen.add(text)
  }
}

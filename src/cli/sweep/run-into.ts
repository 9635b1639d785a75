// Runs the points of a sweep into its folder, and tells how far it is.
import type { SweepPlan } from '../../sweep/points.ts'
import type { Shard } from '../../sweep/shard.ts'
import { Progress } from '../progress.ts'
import { counted, type Session } from '../session.ts'
import { sweepLabel } from './progress.ts'

/** The plan's own points, and the folder that keeps what is done. */
interface Work {
  readonly io: Session['io']
  readonly plan: SweepPlan
  readonly shard: Shard | undefined
  readonly folder: string
  readonly quiet: boolean
  /** Whether it goes on beside a process that is gone; absent: it cannot be asked to. */
  readonly takesOver?: boolean
}

/** Runs what is not done yet; a kill at any moment loses no more than what is under way. */
export async function runInto(session: Session, work: Work): Promise<void> {
  const { io, plan, shard, folder, quiet, takesOver } = work
  const { SweepStore } = await import('../../sweep/store.ts')
  const { runPoints } = await import('../../sweep/run-sweep.ts')
  const { version, nowMs } = session.ports
  const store = await SweepStore.open(io, { folder, shard, plan, version, takesOver })
  const progress = await Progress.create(session, quiet)
  const startMs = nowMs()
  try {
    const { skipped, done, refused } = await runPoints(io, plan.own, store, {
      version,
      onTraceRead: progress.traceRead,
      onWarning: (warning) => {
        if (!quiet) session.diagnostic(warning)
      },
      onProgress: (pointsDone, pointsTotal, share) =>
        progress.layersDone(share, 1, sweepLabel(pointsDone, pointsTotal, share, nowMs() - startMs)),
    })
    progress.stop()
    const parts = [
      counted(done, 'point'),
      ...(skipped > 0 ? [`${skipped} done before`] : []),
      ...(refused > 0 ? [`${refused} cannot run`] : []),
    ]
    if (!quiet) session.note(`${parts.join(', ')}; kept in ${folder}`)
  } finally {
    progress.stop()
    await store.close()
  }
}

// What --dry-run prints: the size of a sweep, and how long it will take on this machine.
import { UserError } from '../../errors.ts'
import type { SweepEstimate } from '../../sweep/estimate.ts'
import type { SweepPlan, SweepPoint } from '../../sweep/points.ts'
import type { CliIo } from '../ports.ts'
import { Progress } from '../progress.ts'
import { counted, type Session } from '../session.ts'
import { duration } from './progress.ts'

/** A point that the cost model puts above this is not simulated for an estimate. */
const MOST_SAMPLE_US = 1_000_000
/** The first runs are slow, as their code is compiled: so many come before as many that are measured. */
const SAMPLE_RUNS = 3
const US_PER_MS = 1000
const US_PER_S = 1e6

export async function estimateText(session: Session, io: CliIo, plan: SweepPlan): Promise<string> {
  const { estimateSweep } = await import('../../sweep/estimate.ts')
  const progress = await Progress.create(session, true)
  const estimate = await estimateSweep(io, plan.own, progress.traceRead)
  const { simulations, costUs, refused } = estimate
  const measured = await slowness(session, io, estimate)
  const threads = Math.max(1, io.workers.threads)
  const seconds = ((costUs / US_PER_S) * (measured ?? 1)) / threads
  const basis =
    measured === undefined ? 'from the cost model, within a factor of four' : 'from one point, just measured'
  return [
    `points       ${plan.own.length}${plan.own.length < plan.points.length ? ` of ${plan.points.length}` : ''}`,
    ...plan.axes.map((path, i) => `axis         ${path}: ${counted(valuesOf(plan, i), 'value')}`),
    `simulations  ${simulations} of one layer by one scheduler`,
    ...(refused > 0 ? [`cannot run   ${counted(refused, 'point')}`] : []),
    `estimate     ${duration(seconds)} on ${counted(threads, 'thread')} (${basis})`,
    '',
  ].join('\n')
}

const valuesOf = ({ points }: SweepPlan, axis: number) =>
  new Set(points.map(({ values }) => values[axis])).size

/** Time that simulations take over what the cost model says; undefined where no point is small enough and can run. */
async function slowness(
  session: Session,
  io: CliIo,
  { samples }: SweepEstimate,
): Promise<number | undefined> {
  for (const { experiment, costUs } of samples) {
    if (costUs > MOST_SAMPLE_US) return undefined
    try {
      return ((await measuredMs(session, io, experiment)) * US_PER_MS) / costUs
    } catch (error) {
      // Such as for want of SRAM: another point may have it.
      if (!(error instanceof UserError)) throw error
    }
  }
  return undefined
}

async function measuredMs(
  session: Session,
  io: CliIo,
  experiment: SweepPoint['experiment'],
): Promise<number> {
  const { runExperiments } = await import('../../run/run-many.ts')
  const inline = { ...io, workers: { ...io.workers, threads: 0 } }
  const hooks = {
    version: session.ports.version,
    onTraceRead: () => {},
    onProgress: () => session.checkpoint(),
    onWarning: () => {},
  }
  const experiments = Array.from({ length: SAMPLE_RUNS }, () => experiment)
  await runExperiments(inline, experiments, hooks)
  const startMs = session.ports.nowMs()
  await runExperiments(inline, experiments, hooks)
  return (session.ports.nowMs() - startMs) / SAMPLE_RUNS
}

// What --dry-run prints: the size of a sweep, and how long it will take on this machine.
import { UserError } from '../../errors.ts'
import type { Measured, SweepEstimate } from '../../sweep/estimate.ts'
import type { SweepPlan, SweepPoint } from '../../sweep/points.ts'
import type { CliIo } from '../ports.ts'
import { Progress } from '../progress.ts'
import { counted, type Session } from '../session.ts'
import { duration } from './progress.ts'

/** A point that the cost model puts above this is not simulated for an estimate. */
const MOST_SAMPLE_US = 1_000_000
/** A sample is simulated twice as often each time, until that takes so long or is so often: the first runs are slow, as their code is compiled. */
const SAMPLE_MS = 150
const MOST_RUNS = 256
/** All samples together, but for what the last of them takes. */
const MOST_MS = 3000
const US_PER_MS = 1000
const US_PER_S = 1e6

/** Of what is not done yet in the folder. */
export async function estimateText(
  session: Session,
  io: CliIo,
  plan: SweepPlan,
  folder: string,
): Promise<string> {
  const { estimateSweep, expectedUs } = await import('../../sweep/estimate.ts')
  const { readPoints } = await import('../../sweep/folder.ts')
  const isNew = (await io.stat(folder)) === undefined
  const done = isNew ? undefined : (await readPoints(io, folder, session.ports.version)).byId
  const left = plan.own.filter(({ id }) => done?.has(id) !== true)
  const progress = await Progress.create(session, true)
  const estimate = await estimateSweep(io, left, progress.traceRead)
  const { simulations, costsUs, refused } = estimate
  const measured = await measure(session, io, estimate)
  const threads = Math.max(1, io.workers.threads)
  const seconds = expectedUs(costsUs, measured) / US_PER_S / threads
  const basis =
    measured.length === 0
      ? 'from the cost model, within a factor of four'
      : `from ${counted(measured.length, 'point')}, just measured`
  const doneBefore = plan.own.length - left.length
  return [
    `points       ${plan.own.length}${plan.own.length < plan.points.length ? ` of ${plan.points.length}` : ''}`,
    ...(doneBefore > 0 ? [`done before  ${counted(doneBefore, 'point')}`] : []),
    ...plan.axes.map((path, i) => `axis         ${path}: ${counted(valuesOf(plan, i), 'value')}`),
    `simulations  ${simulations} of one layer by one scheduler`,
    ...(refused > 0 ? [`cannot run   ${counted(refused, 'point')}`] : []),
    left.length === 0
      ? 'estimate     nothing is left to run'
      : `estimate     ${duration(seconds)} on ${counted(threads, 'thread')} (${basis})`,
    '',
  ].join('\n')
}

const valuesOf = ({ points }: SweepPlan, axis: number) =>
  new Set(points.map(({ values }) => values[axis])).size

/** Samples that are small enough and can run, from the cheapest on; of those that cost the same the first that can. */
async function measure(session: Session, io: CliIo, { samples }: SweepEstimate): Promise<Measured[]> {
  const measured: Measured[] = []
  const startMs = session.ports.nowMs()
  for (const { experiment, costUs } of samples) {
    if (costUs > MOST_SAMPLE_US || session.ports.nowMs() - startMs > MOST_MS) break
    if (measured.at(-1)?.costUs === costUs) continue
    try {
      measured.push({ costUs, us: (await measuredMs(session, io, experiment)) * US_PER_MS })
    } catch (error) {
      // Such as for want of SRAM: another point may have it.
      if (!(error instanceof UserError)) throw error
    }
  }
  return measured
}

/** What a point takes on the main thread, among others like it. */
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
  for (let runs = 1; ; runs *= 2) {
    const experiments = Array.from({ length: runs }, () => experiment)
    const startMs = session.ports.nowMs()
    await runExperiments(inline, experiments, hooks)
    const tookMs = session.ports.nowMs() - startMs
    if (tookMs >= SAMPLE_MS || runs === MOST_RUNS) return tookMs / runs
  }
}

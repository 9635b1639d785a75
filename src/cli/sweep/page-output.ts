// The page of a sweep as files: whether it has a size to look at, and which metrics it trades against each other.
import { fail } from '../../errors.ts'
import type { MergedSweep } from '../../sweep/merge.ts'
import { type PageOptions, writePage } from '../page-output.ts'
import type { Session } from '../session.ts'

/** Fails before a sweep runs whose page nobody could open. */
export async function assertPageFits(points: number, { report, charts }: PageOptions): Promise<void> {
  if (report === undefined && charts === undefined) return
  const { MAX_PAGE_POINTS } = await import('../../report/page/sweep-page.ts')
  if (points <= MAX_PAGE_POINTS) return
  fail('usage', {
    what: `--report and --charts show up to ${MAX_PAGE_POINTS} points, and the sweep has ${points}`,
    hint: 'write its results with --output, or narrow its axes',
  })
}

/** `objectives`: of --pareto; without it the page takes latency against energy, or SRAM where there is no energy. */
export async function writeSweepPage(
  session: Session,
  options: PageOptions,
  merged: MergedSweep,
  { objectives, typed }: { objectives: readonly string[] | undefined; typed: string },
): Promise<void> {
  await writePage(session, options, async () => {
    const { sweepPage } = await import('../../report/page/sweep-page.ts')
    const { paretoFront } = await import('../../sweep/pareto.ts')
    const traded = objectives ?? (await usualObjectives(merged))
    const front = traded.length === 0 ? undefined : await paretoFront(merged, traded)
    return await sweepPage(merged, { front, objectives: traded, command: typed })
  })
}

/** None where no point could run. */
async function usualObjectives(merged: MergedSweep): Promise<readonly string[]> {
  let usual: readonly string[] = []
  for await (const { record } of merged.points()) {
    for (const { metrics } of record.results) {
      if (metrics.energy !== undefined) return ['latency', 'energy']
      usual = ['latency', 'peakSramPerDie']
    }
  }
  return usual
}

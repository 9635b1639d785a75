// The merged output of a sweep: which form, where to, and the Pareto front in it.
import { fail } from '../../errors.ts'
import type { SweepFormat } from '../../report/sweep/sweep.ts'
import type { MergedSweep } from '../../sweep/merge.ts'
import type { Ranking } from '../../sweep/selection.ts'
import { assertWritable, writeFile } from '../output.ts'
import { assertPageOutput, type PageOptions } from '../page-output.ts'
import { counted, type Session } from '../session.ts'
import { assertPageFits, writeSweepPage } from './page-output.ts'

export interface SweepOutput extends PageOptions {
  readonly format?: SweepFormat
  readonly output?: string
  readonly pareto?: string
  readonly top?: string
  readonly by?: string
}

interface SweepWriting {
  readonly page: PageOptions
  readonly format: SweepFormat
  readonly output: string | undefined
  readonly objectives: readonly string[] | undefined
  readonly ranking: Ranking | undefined
}

/** What to write, checked before anything runs. Throws UserError. */
export async function assertSweepOutput(session: Session, options: SweepOutput): Promise<SweepWriting> {
  const { output, pareto } = options
  const format = options.format ?? formatOf(output)
  if (format === 'parquet' && output === undefined) {
    fail('usage', { what: '--format parquet is for a file', hint: 'add --output results.parquet' })
  }
  const { readObjectives } = await import('../../sweep/pareto.ts')
  const objectives = pareto === undefined ? undefined : readObjectives(pareto)
  const { readRanking } = await import('../../sweep/selection.ts')
  const ranking = readRanking(options.top, options.by)
  if (output !== undefined) await assertWritable(session, output)
  await assertPageOutput(session, options)
  const { report, charts, quiet } = options
  return { page: { report, charts, quiet }, format, output, objectives, ranking }
}

function formatOf(output: string | undefined): SweepFormat {
  if (output === undefined) return 'table'
  const [, ending] = /\.(jsonl|csv|parquet)$/i.exec(output) ?? []
  if (ending !== undefined) return ending.toLowerCase() as SweepFormat
  return fail('usage', {
    what: `cannot tell the format of ${output} from its name`,
    hint: 'let it end in .jsonl, .csv or .parquet, or give --format',
  })
}

/** Writes all results of a sweep, in its order, and its page; `typed`: the command, for that page. Throws UserError where some are missing. */
export async function writeSweep(
  session: Session,
  folder: string,
  writing: SweepWriting,
  typed: string,
): Promise<void> {
  const { mergeSweep } = await import('../../sweep/merge.ts')
  const { readPlan } = await import('../../sweep/plan-file.ts')
  const { paretoFront } = await import('../../sweep/pareto.ts')
  const { sweepFormats } = await import('../../report/sweep/sweep.ts')
  const { page, format, output, objectives, ranking } = writing
  const plan = await readPlan(session.io, folder)
  await assertPageFits(plan.points.length, page)
  const all = await mergeSweep(session.io, folder, plan, session.ports.version)
  const merged = await shown(session, all, page.quiet === true, ranking)
  const front = objectives && (await paretoFront(merged, objectives))
  const chalk = session.chalk(output === undefined ? 'stdout' : 'file')
  await writeSweepPage(session, page, merged, { objectives, typed })
  const pieces = sweepFormats[format](merged, front, chalk, session.tableWidth)
  if (output !== undefined) await writeFile(session, output, bytesOf(pieces))
  else for await (const piece of pieces) session.result(piece as string)
  assertSomeRan(all, folder)
}

/** The results within the limits of the plan, of those the best where that is asked for. Throws UserError where none is left. */
async function shown(
  session: Session,
  all: MergedSweep,
  isQuiet: boolean,
  ranking: Ranking | undefined,
): Promise<MergedSweep> {
  const { countResults, ranked, readLimits, within } = await import('../../sweep/selection.ts')
  const { limits = [] } = all.plan
  const kept = within(all, readLimits(limits, 'sweep constraints'))
  if (limits.length > 0) {
    const [before, after] = [await countResults(all), await countResults(kept)]
    if (after === 0 && before > 0) {
      await assertHasAll(all, limits)
      const what = `none of ${before} results keeps ${limits.join(', ')}`
      fail('conflict', { what, hint: 'relax a constraint, or widen an axis' })
    }
    if (!isQuiet && after < before)
      session.remark(`note: constraints leave out ${before - after} of ${counted(before, 'result')}`)
  }
  return ranking === undefined ? kept : ranked(kept, ranking)
}

/** Throws UserError for a metric that no result has, which no other limit would help. */
async function assertHasAll(all: MergedSweep, limits: readonly string[]): Promise<void> {
  const { countResults, readLimits, within } = await import('../../sweep/selection.ts')
  const { failWithout } = await import('../../sweep/pareto.ts')
  for (const limit of readLimits(limits, 'sweep constraints')) {
    const any = within(all, [{ ...limit, isKept: () => true }])
    if ((await countResults(any)) === 0) failWithout([limit.metric])
  }
}

/** Results in which no point can run are written too, and are an error of the input nonetheless. */
function assertSomeRan({ plan, refused }: MergedSweep, folder: string): void {
  if (refused < plan.points.length) return
  fail('conflict', { what: 'no point can run', hint: 'the results say why' }, { file: folder })
}

/** Lines are written many at a time: a write costs more than a line. */
const WRITE_CHARACTERS = 2 ** 16

async function* bytesOf(pieces: AsyncIterable<string | Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const encoder = new TextEncoder()
  let text = ''
  for await (const piece of pieces) {
    if (typeof piece !== 'string') {
      yield piece
      continue
    }
    text += piece
    if (text.length < WRITE_CHARACTERS) continue
    yield encoder.encode(text)
    text = ''
  }
  if (text !== '') yield encoder.encode(text)
}

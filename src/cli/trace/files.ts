// What the trace commands share: the model a trace is read for, and the form a converted trace is written in.
import { basename } from 'node:path'
import { fail } from '../../errors.ts'
import type { FileContent } from '../../io.ts'
import type { TraceExpectation } from '../../trace/expectation.ts'
import type { TraceFormatId } from '../../trace/formats/format-ids.ts'
import type { RowSource, WriteProgress } from '../../trace/formats/native/bytes.ts'
import type { Manifest } from '../../trace/manifest-schema.ts'
import type { TraceFacts } from '../../trace/reading.ts'
import type { Session } from '../session.ts'

export interface TraceChoice {
  readonly path: string
  readonly from?: TraceFormatId | undefined
  /** Name or file of the model; absent: what the trace itself says. */
  readonly model?: string | undefined
}

/** What the trace must fit. Throws UserError where neither the user nor the trace says. */
export async function expectationFor(session: Session, choice: TraceChoice): Promise<TraceExpectation> {
  const { path, from, model } = choice
  if (model !== undefined) {
    const { loadModel } = await import('../../config/model/model.ts')
    const { expectationOf } = await import('../../trace/expectation.ts')
    return expectationOf(await loadModel(session.io, model))
  }
  const { statedModel } = await import('../../trace/open.ts')
  return (
    (await statedModel(session.io, path, from)) ??
    fail(
      'usage',
      {
        what: 'the trace does not say its experts, top-k and MoE layers',
        hint: 'name the model it was recorded with: --model NAME (see "moesim list models"), or a config.json',
      },
      { file: path },
    )
  )
}

/** The same where the number of experts does not matter: undefined in `experts` where the trace does not say it. */
export async function shownModelFor(
  session: Session,
  choice: TraceChoice,
): Promise<{ readonly expectation: TraceExpectation; readonly experts: number | undefined }> {
  const { path, from, model } = choice
  if (model === undefined) {
    const { shownModel, statedModel } = await import('../../trace/open.ts')
    const { MAX_EXPERTS } = await import('../../trace/synth/generator-spec.ts')
    const stated = await statedModel(session.io, path, from)
    const shown = stated === undefined ? await shownModel(session.io, path, from) : undefined
    if (shown !== undefined) return { expectation: { ...shown, experts: MAX_EXPERTS }, experts: undefined }
  }
  const expectation = await expectationFor(session, choice)
  return { expectation, experts: expectation.experts }
}

export type NativeForm = 'csv' | 'csv.gz' | 'parquet'

/** The form that a file's name and `--to` ask for. Throws UserError where they do not agree, or say nothing. */
export function formOf(file: string, to: 'csv' | 'parquet' | undefined): NativeForm {
  const named = /\.(csv|csv\.gz|parquet)$/i.exec(file)?.[1]?.toLowerCase() as NativeForm | undefined
  if (named === undefined) {
    if (to !== undefined) return to === 'csv' && /\.gz$/i.test(file) ? 'csv.gz' : to
    return fail('usage', {
      what: `cannot tell the form of ${file} from its name`,
      hint: 'let it end in .csv, .csv.gz or .parquet, or give --to csv or --to parquet',
    })
  }
  if (to === undefined || named.startsWith(to)) return named
  return fail('usage', { what: `--to ${to}, and the name ${file} says ${named}`, hint: 'keep one of them' })
}

/** What a file in one of the native forms is written from. */
export async function nativeContent(
  form: NativeForm,
  source: RowSource,
  manifest: Manifest,
  onProgress: WriteProgress,
): Promise<FileContent> {
  if (form === 'parquet') {
    const { parquetBytes } = await import('../../trace/formats/native/parquet-writer.ts')
    return parquetBytes(source, manifest, onProgress)
  }
  const { csvBytes, gzipped } = await import('../../trace/formats/native/bytes.ts')
  const bytes = csvBytes(source, manifest, onProgress)
  return form === 'csv' ? bytes : gzipped(bytes)
}

/** What a trace was made from: as its own manifest says, else its name and format. No folder of this machine gets in. */
export function originOf(trace: TraceFacts, path: string): Manifest['source'] {
  const format = [...trace.formats.keys()].join(', ')
  return trace.manifest?.source ?? { format, name: basename(path.replace(/[/\\]+$/, '')) }
}

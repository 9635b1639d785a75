// The fidelity study: reads the reference tables, replays every row on our models, and sums up the errors.
import { join } from 'node:path'
import { type Diagnostic, fail, finding, UserError } from '../errors.ts'
import { type Io, IoError } from '../io.ts'
import { compared, type FidelityRow, type FidelityTable, summarize } from './errors.ts'
import { REFERENCE_FILES } from './files.ts'
import { type Models, realModels } from './models.ts'
import type { ReadingSetting, ReferenceFile } from './reference-file.ts'
import type { Replay } from './replay.ts'
import { type Area, TABLES, type TableSpec } from './tables.ts'

export interface FidelityRequest {
  /** One area; all, where none is named. */
  readonly area?: Area | undefined
  /** Folder laid out like the bundled one, which is used where none is named. */
  readonly folder?: string | undefined
  /** Hardware files for GPUs that rows name as these files are named. */
  readonly hardwareFiles?: readonly string[] | undefined
}

export interface FidelityHooks {
  onWarning(warning: Diagnostic): void
  /** Awaited between rows: a place to draw, and to stop the study by throwing. */
  onProgress(rowsDone: number, rowsTotal: number, label: string): Promise<void>
}

export interface FidelityResult {
  /** Those of single GPUs, then the others in the order of TABLES; those that have rows. */
  readonly tables: readonly FidelityTable[]
}

/** Throws UserError where a table is malformed or there is none. */
export async function runFidelity(
  io: Io,
  { area, folder, hardwareFiles = [] }: FidelityRequest,
  hooks: FidelityHooks,
  models: Models = realModels(),
): Promise<FidelityResult> {
  const wanted = REFERENCE_FILES.filter((file) => area === undefined || file.area === area)
  const root = folder ?? io.bundled('configs', 'reference')
  const at = (path: string) => join(root, path)
  const found = await present(io, wanted, at, hooks, folder)
  const { replays, specs } = await readAll(io, found, { at, hardwareFiles }, hooks)

  const details = new Map<string, FidelityRow[]>()
  let done = 0
  for (const replay of replays) {
    const values = replay.values(models)
    replay.expected.forEach(({ table, row, reference }, i) => {
      const rows = details.get(table) ?? []
      rows.push(compared(row, reference, values[i] ?? Number.NaN))
      details.set(table, rows)
    })
    done++
    await hooks.onProgress(done, replays.length, replay.expected[0]?.table ?? '')
  }
  return {
    tables: [...specs, ...Object.values(TABLES)].flatMap((spec) => {
      const rows = details.get(spec.name)
      return rows === undefined ? [] : [summarize(spec, rows)]
    }),
  }
}

/** The files that are there. What ships with moesim must be; another folder may have a part of it. */
async function present(
  io: Io,
  files: readonly ReferenceFile[],
  at: (path: string) => string,
  hooks: FidelityHooks,
  folder: string | undefined,
): Promise<readonly ReferenceFile[]> {
  const missing: { file: ReferenceFile; path: string }[] = []
  for (const file of files) {
    for (const path of [file.path, ...(file.companion === undefined ? [] : [file.companion])]) {
      if (await isThere(io, at(path))) continue
      missing.push({ file, path: at(path) })
      break
    }
  }
  const args = { action: 'read', reason: 'there is no such file' } as const
  if (folder === undefined && missing.length > 0) {
    throw new UserError(missing.map(({ path }) => finding('file', args, { file: path })))
  }
  const found = files.filter((file) => missing.every((one) => one.file !== file))
  if (found.length === 0) {
    const names = files.map(({ path }) => path).join(', ')
    fail(
      'file',
      { action: 'read', reason: `none of the reference tables is here: ${names}` },
      { file: folder },
    )
  }
  for (const { path } of missing) {
    hooks.onWarning(
      finding(
        'file',
        { action: 'read', reason: 'there is no such file', hint: 'its tables are left out' },
        { file: path, severity: 'warning' },
      ),
    )
  }
  return found
}

async function isThere(io: Io, path: string): Promise<boolean> {
  try {
    return (await io.stat(path)) !== undefined
  } catch (error) {
    if (error instanceof IoError) fail('file', { action: 'read', reason: error.reason }, { file: path })
    throw error
  }
}

/** Every file is read before the first replay, so that an error in the last one costs no waiting. */
async function readAll(
  io: Io,
  files: readonly ReferenceFile[],
  setting: ReadingSetting,
  hooks: FidelityHooks,
): Promise<{ readonly replays: readonly Replay[]; readonly specs: readonly TableSpec[] }> {
  const replays: Replay[] = []
  const specs: TableSpec[] = []
  const problems: Diagnostic[] = []
  for (const file of files) {
    try {
      const reading = await file.read(io, setting)
      replays.push(...reading.replays)
      specs.push(...(reading.tables ?? []))
      for (const warning of reading.warnings) hooks.onWarning(warning)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      problems.push(...error.diagnostics)
    }
  }
  if (problems.length > 0) throw new UserError(problems)
  return { replays, specs }
}

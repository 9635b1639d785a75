// Which model file stands for which model of systems.csv.
import { join } from 'node:path'
import { bundledNames, isPath } from '../../config/library.ts'
import type { Io } from '../../io.ts'
import { collect, readCsv } from '../reference-csv.ts'

const MODELS_FILE = 'silicon/models.csv'

/** `find`: the name of a bundled model, or a file; undefined where nobody says what the model is. */
export interface SystemModels {
  find(model: string): string | undefined
}

/** The list that ships with moesim, then that of the folder. Throws UserError. */
export async function systemModels(io: Io, at: (path: string) => string): Promise<SystemModels> {
  const shipped = io.bundled('configs', 'reference', ...MODELS_FILE.split('/'))
  const hasOwn = (await io.stat(at(MODELS_FILE))) !== undefined
  const listed = new Map<string, string>()
  for (const path of hasOwn ? [shipped, at(MODELS_FILE)] : [shipped]) {
    const rows = await readCsv(io, path, ['model', 'file'])
    for (const [model, file] of collect(rows, (row) => [row.text('model'), row.text('file')] as const)) {
      listed.set(model, isPath(file) ? join(path, '..', file) : file)
    }
  }
  const bundled = new Set(await bundledNames(io, 'models'))
  return {
    find: (model) => listed.get(model) ?? (bundled.has(model) ? model : undefined),
  }
}

// The JSON file beside an array, <array>.npy.json: what the array itself cannot say.
import { IoError, readText } from '../../io.ts'
import { shown } from '../expectation.ts'
import { Findings } from '../findings.ts'
import { asIndex, asObject, type TraceFile } from './format.ts'

const MAX_BYTES = 2 ** 20

export interface Sidecar {
  readonly findings: Findings
  readonly fields: Readonly<Record<string, unknown>>
}

/** Path of the sidecar of an array; a packed array (.npy.gz) has the one of the plain file. */
export function sidecarPath(path: string): string {
  return `${path.replace(/\.gz$/i, '')}.json`
}

/** The sidecar of `file`, or undefined where there is none. Throws UserError where it is no JSON object. */
export async function readSidecar(file: TraceFile): Promise<Sidecar | undefined> {
  const path = sidecarPath(file.findings.file)
  const findings: Findings = new Findings(path)
  try {
    if ((await file.io.stat(path))?.kind !== 'file') return undefined
    const fields = asObject(JSON.parse(await readText(file.io, path, MAX_BYTES)))
    if (fields === undefined) findings.stop('must hold one JSON object')
    return { findings, fields }
  } catch (error) {
    if (error instanceof SyntaxError) findings.stop(`not valid JSON: ${error.message}`)
    if (error instanceof IoError) findings.stopFile(error.reason)
    throw error
  }
}

/** The whole number under `key`, or undefined where the key is absent. Throws UserError for anything else. */
export function sidecarCount({ fields, findings }: Sidecar, key: string): number | undefined {
  if (!Object.hasOwn(fields, key)) return undefined
  const value = asIndex(fields[key])
  if (value === undefined) findings.stop(`${key} must be a whole number, got ${shown(fields[key])}`)
  return value
}

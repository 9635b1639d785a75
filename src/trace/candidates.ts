// Which files a trace path stands for, and in which order.
import { fail } from '../errors.ts'
import { type Io, IoError } from '../io.ts'
import { compareNatural } from './natural-order.ts'

export interface Candidate {
  readonly path: string
  /** Path below the trace's directory with `/` between the parts, without extension. */
  readonly name: string
  readonly sizeBytes: number
  /** By its name a dump of numbers, which a directory may hold beside the trace that was made from it. */
  readonly isArray: boolean
}

/** Names that can be traces; only these are looked at in a directory. */
const TRACE_NAME = /\.(csv|jsonl|json|parquet|npy|npz|safetensors|pt|pth|pkl)(\.gz)?$/i
const ARRAY_NAME = /\.(npy|npz|safetensors|pt|pth|pkl)(\.gz)?$/i

/** Deeper trees are a loop of mounts or links. */
const MAX_DEPTH = 32

export interface Candidates {
  readonly isDirectory: boolean
  readonly files: readonly Candidate[]
}

/** The files at `path`: itself, or all below it by name, in natural order. Throws UserError. */
export async function traceCandidates(io: Pick<Io, 'stat' | 'list'>, path: string): Promise<Candidates> {
  try {
    const stat = await io.stat(path)
    if (stat === undefined)
      return fail('file', { action: 'read', reason: 'no such file or directory' }, { file: path })
    if (stat.kind === 'file') {
      const name = path.split(/[/\\]/).at(-1)!
      return {
        isDirectory: false,
        files: [candidate(path, '', name, stat.sizeBytes)],
      }
    }
    if (stat.kind === 'directory') return { isDirectory: true, files: await walk(io, path, '', 0) }
    return fail('file', { action: 'read', reason: 'neither a file nor a directory' }, { file: path })
  } catch (error) {
    if (error instanceof IoError) fail('file', { action: 'read', reason: error.reason }, { file: path })
    throw error
  }
}

async function walk(
  io: Pick<Io, 'stat' | 'list'>,
  directory: string,
  prefix: string,
  depth: number,
): Promise<Candidate[]> {
  if (depth > MAX_DEPTH)
    fail('file', { action: 'read', reason: 'directories nested too deep' }, { file: directory })
  const entries = [...(await io.list(directory))].sort((a, b) => compareNatural(a.name, b.name))
  const names = new Set(entries.map(({ name }) => name))
  const files: Candidate[] = []
  for (const { name, kind } of entries) {
    if (name.startsWith('.') || isSidecar(name, names)) continue
    const path = `${directory.replace(/\/+$/, '')}/${name}`
    const isTraceName = TRACE_NAME.test(name)
    if (kind === 'file' && !isTraceName) continue
    // A directory lists links as `other`; stat says what they lead to.
    const stat = kind === 'directory' ? undefined : await io.stat(path)
    if ((stat?.kind ?? kind) === 'directory') {
      files.push(...(await walk(io, path, `${prefix}${name}/`, depth + 1)))
    } else if (stat?.kind === 'file' && isTraceName) {
      files.push(candidate(path, prefix, name, stat.sizeBytes))
    }
  }
  return files
}

function candidate(path: string, prefix: string, fileName: string, sizeBytes: number): Candidate {
  return {
    path,
    name: prefix + fileName.replace(TRACE_NAME, ''),
    sizeBytes,
    isArray: ARRAY_NAME.test(fileName),
  }
}

/** What is known of an array, in a file beside it, is no trace of its own. */
function isSidecar(name: string, names: ReadonlySet<string>): boolean {
  const array = name.replace(/\.json$/i, '')
  return array !== name && ARRAY_NAME.test(array) && (names.has(array) || names.has(`${array}.gz`))
}

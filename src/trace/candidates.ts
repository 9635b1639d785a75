// Which files a trace path stands for, and in which order.
import { fail } from '../errors.ts'
import { type Io, IoError } from '../io.ts'
import { compareNatural } from './natural-order.ts'

export interface Candidate {
  readonly path: string
  /** Path below the trace's directory with `/` between the parts, without extension. */
  readonly name: string
  readonly sizeBytes: number
}

/** Names that can be traces; only these are looked at in a directory. */
const TRACE_NAME = /\.(csv|jsonl|json)(\.gz)?$/i

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
        files: [{ path, name: withoutExtension(name), sizeBytes: stat.sizeBytes }],
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
  const files: Candidate[] = []
  for (const { name, kind } of entries) {
    if (name.startsWith('.')) continue
    const path = `${directory.replace(/\/+$/, '')}/${name}`
    const isTraceName = TRACE_NAME.test(name)
    if (kind === 'file' && !isTraceName) continue
    // A directory lists links as `other`; stat says what they lead to.
    const stat = kind === 'directory' ? undefined : await io.stat(path)
    if ((stat?.kind ?? kind) === 'directory') {
      files.push(...(await walk(io, path, `${prefix}${name}/`, depth + 1)))
    } else if (stat?.kind === 'file' && isTraceName) {
      files.push({ path, name: prefix + withoutExtension(name), sizeBytes: stat.sizeBytes })
    }
  }
  return files
}

function withoutExtension(name: string): string {
  return name.replace(TRACE_NAME, '')
}

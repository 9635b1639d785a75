// Finds config files: by the name of a bundled one, or by path.
import { basename, dirname, extname, isAbsolute, join } from 'node:path'
import { fail, nearest } from '../errors.ts'
import { type Io, IoError, readText } from '../io.ts'
import { CONFIG_LIMIT_BYTES, type ConfigDocument, parseConfig } from './document.ts'
import type { Place } from './view.ts'

export type BundledKind = 'hardware' | 'models' | 'experiments'

const NOUN = { hardware: 'hardware', models: 'model', experiments: 'experiment' } as const

/** A path, rather than the name of something bundled. */
export function isPath(nameOrPath: string): boolean {
  return /[/\\]|\.(ya?ml|json)$/i.test(nameOrPath)
}

/** What a config is called: its file's name without folder and extension. */
export function configName(nameOrPath: string): string {
  const file = basename(nameOrPath.replaceAll('\\', '/'))
  return isPath(nameOrPath) ? file.slice(0, file.length - extname(file).length) : file
}

/** A path written inside `file`, seen from the working directory. */
export function besideFile(path: string, file: string): string {
  return isAbsolute(path) ? path : join(dirname(file), path)
}

/** Names of the bundled configs of a kind, sorted. Throws IoError where the installation is broken. */
export async function bundledNames(io: Io, kind: BundledKind): Promise<string[]> {
  const entries = await io.list(io.bundled('configs', kind))
  return entries
    .filter((entry) => entry.kind === 'file' && entry.name.endsWith('.yaml'))
    .map((entry) => entry.name.slice(0, -'.yaml'.length))
    .sort()
}

/** The kind of the bundled config of that name. Throws UserError, which calls it `what`, where there is none. */
export async function bundledKind(io: Io, name: string, what: string): Promise<BundledKind> {
  const allowed: string[] = []
  for (const kind of ['experiments', 'hardware', 'models'] satisfies BundledKind[]) {
    const names = await bundledNames(io, kind)
    if (names.includes(name)) return kind
    allowed.push(...names)
  }
  const suggestion = nearest(name, allowed)
  return fail('unknown-name', { kind: what, name, allowed, ...(suggestion && { suggestion }) })
}

/** Names of the bundled traces, sorted. Throws IoError where the installation is broken. */
export async function bundledTraces(io: Io): Promise<string[]> {
  const suffix = '.csv.gz'
  const entries = await io.list(io.bundled('traces'))
  return entries
    .filter((entry) => entry.kind === 'file' && entry.name.endsWith(suffix))
    .map((entry) => entry.name.slice(0, -suffix.length))
    .sort()
}

/** Opens a config by name or path. `from`: where that name stands, for findings. Throws UserError. */
export async function openConfig(
  io: Io,
  kind: BundledKind,
  nameOrPath: string,
  from?: Place,
): Promise<ConfigDocument> {
  if (isPath(nameOrPath)) return openFile(io, nameOrPath)
  const allowed = await bundledNames(io, kind)
  if (!allowed.includes(nameOrPath)) {
    const suggestion = nearest(nameOrPath, allowed)
    fail(
      'unknown-name',
      { kind: NOUN[kind], name: nameOrPath, allowed, ...(suggestion && { suggestion }) },
      from,
    )
  }
  const text = await readConfig(io, io.bundled('configs', kind, `${nameOrPath}.yaml`))
  return { ...parseConfig(`configs/${kind}/${nameOrPath}.yaml`, text), isBundled: true }
}

const MODEL_FILE = /(^|[/\\])config\.json$/i
const COMPANION = 'hf_quant_config.json'

/** Opens a file, and with a Hugging Face config.json the quantization that may be stated beside it. Throws UserError. */
export async function openFile(io: Io, path: string): Promise<ConfigDocument> {
  const document = parseConfig(path, await readConfig(io, path))
  const beside = path.slice(0, -'config.json'.length) + COMPANION
  if (!MODEL_FILE.test(path) || (await io.stat(beside)) === undefined) return document
  return { ...document, companion: parseConfig(beside, await readConfig(io, beside)) }
}

/** A config's text. Throws UserError where the file is missing, a directory, unreadable or too large. */
export async function readConfig(io: Io, path: string, limitBytes = CONFIG_LIMIT_BYTES): Promise<string> {
  try {
    const found = await io.stat(path)
    if (found === undefined) fail('file', { action: 'read', reason: 'there is no such file' }, { file: path })
    if (found.kind !== 'file') {
      const what = found.kind === 'directory' ? 'a directory' : 'a device or a pipe'
      fail('file', { action: 'read', reason: `it is ${what}, not a file` }, { file: path })
    }
    return await readText(io, path, limitBytes)
  } catch (error) {
    if (error instanceof IoError) fail('file', { action: 'read', reason: error.reason }, { file: path })
    throw error
  }
}

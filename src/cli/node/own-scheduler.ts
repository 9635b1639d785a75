// A scheduler out of a file that `--scheduler ./mine.js` names: code that runs as it is, so on the command line alone.
import { readFileSync, realpathSync } from 'node:fs'
import { basename, extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Bug, fail, finding, type SourceSpan, UserError } from '../../errors.ts'
import { asDoneBy, explainBy } from '../../schedulers/added.ts'
import { OPTION_TYPES } from '../../schedulers/options.ts'
import type { Scheduler, SchedulerDefinition } from '../../schedulers/scheduler.ts'
import { addScheduler } from '../../schedulers/table.ts'

const FILE = /^(.*\.m?js)(:.*)?$/

/** Of what was loaded so far, the file of each name. */
const urls = new Map<string, string>()

/** Loads the file, whose default export is a SchedulerDefinition, and gives the text with the scheduler's name in its place. */
export async function loadScheduler(text: string): Promise<string> {
  const [, path = text, options = ''] = FILE.exec(text) ?? []
  const name = basename(path, extname(path))
  const file = { path, url: urlOf(path) }
  // The same file with other options is the same scheduler.
  if (urls.get(name) === file.url) return `${name}${options}`
  const loaded = await imported(file)
  if (!isDefinition(loaded)) {
    const what = 'its default export is no scheduler'
    const hint = 'export default {summary, source, options, create}: see docs/library.md'
    fail('conflict', { what, hint }, { file: path })
  }
  const unknown = Object.keys(loaded.options).find((key) => !isOption(loaded.options[key]))
  if (unknown !== undefined) {
    const what = `its option ${unknown} is not declared`
    const hint = `such as {type: 'integer', default: 1, min: 0, max: 8, doc: 'what it does'}; types: ${OPTION_TYPES.join(', ')}`
    fail('conflict', { what, hint }, { file: path })
  }
  explainBy(name, (error) => failureIn(file, error))
  if (!addScheduler(name, guarded(name, loaded))) {
    fail(
      'conflict',
      { what: `there is a scheduler ${name} already`, hint: 'rename the file' },
      { file: path },
    )
  }
  urls.set(name, file.url)
  return `${name}${options}`
}

interface OwnFile {
  readonly path: string
  /** As Node names the module in stacks. */
  readonly url: string
}

function urlOf(path: string): string {
  try {
    return pathToFileURL(realpathSync(path)).href
  } catch (error) {
    return fail('file', { action: 'read', reason: reasonOf(error) }, { file: path })
  }
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

async function imported(file: OwnFile): Promise<unknown> {
  try {
    return (await import(file.url)).default
  } catch (error) {
    if (spanIn(file, error) !== undefined) throw failureIn(file, error)
    const hint = error instanceof SyntaxError ? { hint: `node --check ${file.path} shows where` } : {}
    return fail('file', { action: 'read', reason: reasonOf(error), ...hint }, { file: file.path })
  }
}

function isDefinition(value: unknown): value is SchedulerDefinition {
  if (typeof value !== 'object' || value === null) return false
  const { summary, source, options, create } = value as Partial<Record<keyof SchedulerDefinition, unknown>>
  const areTexts = typeof summary === 'string' && typeof source === 'string'
  return areTexts && typeof options === 'object' && options !== null && typeof create === 'function'
}

function isOption(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { type, min, max, values, ...option } = value as Readonly<Record<string, unknown>>
  if (!OPTION_TYPES.some((known) => known === type) || option.default === undefined) return false
  if (type === 'enum') return Array.isArray(values)
  const isRange = typeof min === 'number' && typeof max === 'number'
  return isRange || (type !== 'integer' && type !== 'number')
}

/** What moesim calls before a scheduler is on a machine. */
const CALLS = [
  'conflict',
  'misfit',
  'idle',
  'buffering',
  'trials',
  'readsAhead',
  'sharesCache',
  'keepsWeights',
] as const

function guarded(name: string, definition: SchedulerDefinition): SchedulerDefinition {
  const calls = CALLS.flatMap((key) => {
    const call = definition[key]
    if (call === undefined) return []
    return [
      [key, (...args: unknown[]) => asDoneBy(name, () => Reflect.apply(call, definition, args))] as const,
    ]
  })
  const create: SchedulerDefinition['create'] = (options, context) =>
    asDoneBy(name, () => assertScheduler(definition.create(options, context)))
  return { ...definition, ...Object.fromEntries(calls), create }
}

function assertScheduler(made: Scheduler): Scheduler {
  const { slices, home, startLayer } = (made ?? {}) as Partial<Record<keyof Scheduler, unknown>>
  const areSlices = typeof slices === 'number' && Number.isSafeInteger(slices) && slices >= 1
  if (areSlices && typeof home === 'function' && typeof startLayer === 'function') return made
  throw new TypeError('create gives no scheduler: {slices, home, startLayer}, slices a whole number from 1')
}

/** What has failed, and where in the file, as far as the stack tells. */
function failureIn(file: OwnFile, error: unknown): UserError {
  const said = reasonOf(error)
  // What the machine refuses is told as a bug of whoever gave the order.
  const isNamed = error instanceof Error && !(error instanceof Bug) && error.name !== 'Error'
  const what = isNamed ? `${error.name}: ${said}` : said
  return new UserError([finding('scheduler', { what }, { file: file.path, span: spanIn(file, error) })])
}

/** The innermost place of the file on the stack. */
function spanIn({ path, url }: OwnFile, error: unknown): SourceSpan | undefined {
  const [, place = ''] = (error instanceof Error ? (error.stack ?? '') : '').split(`${url}:`)
  const [, line, column] = /^(\d+):(\d+)/.exec(place) ?? []
  const lineText = readFileSync(path, 'utf8').split(/\r?\n/)[Number(line) - 1]
  if (lineText === undefined) return undefined
  return { line: Number(line), column: Number(column), length: 1, lineText }
}

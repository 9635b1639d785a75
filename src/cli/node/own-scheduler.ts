// A scheduler out of a file that `--scheduler ./mine.js` names: code that runs as it is, so on the command line alone.
import { basename, extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { fail } from '../../errors.ts'
import type { SchedulerDefinition } from '../../schedulers/scheduler.ts'
import { addScheduler } from '../../schedulers/table.ts'

const FILE = /^(.*\.m?js)(:.*)?$/

/** Loads the file, whose default export is a SchedulerDefinition, and gives the text with the scheduler's name in its place. */
export async function loadScheduler(text: string): Promise<string> {
  const [, path = text, options = ''] = FILE.exec(text) ?? []
  const name = basename(path, extname(path))
  const loaded: unknown = await imported(path)
  if (!isDefinition(loaded)) {
    const what = 'its default export is no scheduler'
    const hint = 'export default {summary, source, options, create}: see docs/library.md'
    fail('conflict', { what, hint }, { file: path })
  }
  if (!addScheduler(name, loaded)) {
    fail(
      'conflict',
      { what: `there is a scheduler ${name} already`, hint: 'rename the file' },
      { file: path },
    )
  }
  return `${name}${options}`
}

async function imported(path: string): Promise<unknown> {
  try {
    return (await import(pathToFileURL(resolve(path)).href)).default
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return fail('file', { action: 'read', reason }, { file: path })
  }
}

function isDefinition(value: unknown): value is SchedulerDefinition {
  if (typeof value !== 'object' || value === null) return false
  const { summary, source, options, create } = value as Partial<Record<keyof SchedulerDefinition, unknown>>
  const areTexts = typeof summary === 'string' && typeof source === 'string'
  return areTexts && typeof options === 'object' && options !== null && typeof create === 'function'
}

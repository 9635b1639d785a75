// Lock files that a killed process cannot leave behind for good: they name their process, which keeps them young.
import { randomUUID } from 'node:crypto'
import { open, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import type { Lock } from '../../io.ts'
import { codeOf, explained } from './reasons.ts'

const TOUCH_EVERY_MS = 10_000
/** Older locks belong to nobody, whatever machine they come from. */
const DEAD_AFTER_MS = 120_000

/** Of this process, by absolute path. */
const heldHere = new Set<string>()

/** See Io.lock. */
export async function lockFile(path: string): Promise<Lock> {
  const absolute = resolve(path)
  try {
    if (heldHere.has(absolute)) return { isHeld: false, holder: `process ${process.pid}, this one` }
    if (await create(path)) return hold(absolute)
    const found = await readFile(path, 'utf8')
    const holder = holderOf(found)
    if (await isAlive(path, holder)) return { isHeld: false, holder: described(holder) }
    // Renamed before it is removed: of two processes that find it dead, one gets this very file.
    const aside = `${path}.${randomUUID()}`
    await rename(path, aside)
    const isSame = (await readFile(aside, 'utf8')) === found
    if (isSame) await rm(aside)
    else await rename(aside, path)
    if (isSame && (await create(path))) return hold(absolute)
    return { isHeld: false, holder: 'a process that has just taken it' }
  } catch (error) {
    // Another process has taken or left it between two steps.
    if (codeOf(error) === 'ENOENT' && (await exists(path))) {
      return { isHeld: false, holder: 'a process that has just taken it' }
    }
    throw explained(path, error)
  }
}

/** See Io.lockHolder. */
export async function lockHolder(path: string): Promise<string | undefined> {
  if (heldHere.has(resolve(path))) return `process ${process.pid}, this one`
  try {
    const holder = holderOf(await readFile(path, 'utf8'))
    return (await isAlive(path, holder)) ? described(holder) : undefined
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw explained(path, error)
  }
}

interface Holder {
  readonly host: string
  readonly pid: number
}

function hold(path: string): Lock {
  heldHere.add(path)
  const timer = setInterval(() => {
    const now = new Date()
    // A lock that cannot be touched is found dead later; results stay right even with two writers.
    utimes(path, now, now).catch(() => {})
  }, TOUCH_EVERY_MS)
  timer.unref()
  return {
    isHeld: true,
    async release() {
      clearInterval(timer)
      heldHere.delete(path)
      await rm(path, { force: true })
    },
  }
}

/** False where there is such a file. */
async function create(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx')
    try {
      // The random part tells this lock from one that the same process took earlier.
      await file.writeFile(`${JSON.stringify({ host: hostname(), pid: process.pid, lock: randomUUID() })}\n`)
    } finally {
      await file.close()
    }
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** undefined: not written yet, or not by moesim. */
function holderOf(text: string): Holder | undefined {
  try {
    const { host, pid } = JSON.parse(text) as Partial<Holder>
    return typeof host === 'string' && typeof pid === 'number' ? { host, pid } : undefined
  } catch {
    return undefined
  }
}

async function isAlive(path: string, holder: Holder | undefined): Promise<boolean> {
  const { mtimeMs } = await stat(path)
  if (Date.now() - mtimeMs > DEAD_AFTER_MS) return false
  if (holder === undefined || holder.host !== hostname()) return true
  // This process holds none of this name: the lock is of an earlier process with our number.
  if (holder.pid === process.pid) return false
  try {
    process.kill(holder.pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

function described(holder: Holder | undefined): string {
  return holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}

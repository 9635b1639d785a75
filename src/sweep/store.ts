// The results of one sweep, or of one shard of it, while it runs: what is done is known, and what gets done is kept.
import { join } from 'node:path'
import { fail } from '../errors.ts'
import { type AppendFile, type Io, IoError, type Lock } from '../io.ts'
import { lineOf } from '../run/point-record.ts'
import { LOCK, PLAN_FILE, readPoints, resultsFile, type StoredPoint, textIfThere } from './folder.ts'
import { FROZEN_FILE, frozenText, MOST_FROZEN_BYTES } from './frozen.ts'
import { MOST_PLAN_BYTES, planText, storedPlan } from './plan-file.ts'
import type { SweepPlan } from './points.ts'
import type { Shard } from './shard.ts'

export interface StorePlace {
  readonly folder: string
  readonly shard: Shard | undefined
  readonly plan: SweepPlan
  readonly version: string
  /** Beside a process that cannot be asked whether it is still at work: in a file of its own. */
  readonly takesOver?: boolean | undefined
}

type Held = Lock & { isHeld: true }

export class SweepStore {
  private readonly io: Io
  private readonly file: string
  private readonly lock: Held
  private readonly log: AppendFile
  private readonly known: ReadonlyMap<string, StoredPoint>

  private constructor(
    io: Io,
    file: string,
    held: { lock: Held; log: AppendFile },
    known: ReadonlyMap<string, StoredPoint>,
  ) {
    this.io = io
    this.file = file
    this.lock = held.lock
    this.log = held.log
    this.known = known
  }

  /**
   * Makes the folder where there is none, and takes it for this shard. Must be closed. Throws UserError where it cannot be
   * written, where another process works there on the same share or another sweep, or where a result in it is damaged.
   */
  static async open(io: Io, place: StorePlace): Promise<SweepStore> {
    const { folder, plan, version } = place
    await writing(folder, () => io.makeDirectory(folder))
    const { file, lock } = await takeFile(io, place)
    try {
      await placePlan(io, folder, plan, version, file)
      const { byId, wholeBytes } = await readPoints(io, folder, version)
      const log = await writing(file, () => io.appendTo(file, wholeBytes.get(file) ?? 0))
      return new SweepStore(io, file, { lock, log }, byId)
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  /** What was done when the store was opened, by this shard or another. */
  find(id: string): StoredPoint | undefined {
    return this.known.get(id)
  }

  /** `point`: its record as JSON. */
  async add(point: string): Promise<void> {
    await writing(this.file, () => this.log.append(lineOf(this.io, point)))
  }

  async close(): Promise<void> {
    try {
      await writing(this.file, () => this.log.close())
    } finally {
      await this.lock.release()
    }
  }
}

/** Each process has a file to itself; points that two of them have done have equal lines. */
async function takeFile(
  io: Io,
  { folder, shard, takesOver }: StorePlace,
): Promise<{ file: string; lock: Held }> {
  for (let again = 0; ; again++) {
    const file = resultsFile(folder, shard, again)
    const lock = await writing(file, () => io.lock(file + LOCK))
    if (lock.isHeld) return { file, lock }
    if (takesOver) continue
    const what = `in use by ${lock.holder}: another sweep writes here`
    const gone = 'if that process is gone for good, add --take-over to go on beside it'
    const hint = `wait for it, or use another --output-dir${takesOver === undefined ? '' : `; ${gone}`}`
    fail('conflict', { what, hint }, { file })
  }
}

/**
 * Writes a plan and its frozen copy into a folder, made where there is none, for shards to run on. Throws UserError where it
 * cannot be written, or where another sweep is at work there.
 */
export async function freezeSweep(io: Io, folder: string, plan: SweepPlan, version: string): Promise<void> {
  await writing(folder, () => io.makeDirectory(folder))
  await placePlan(io, folder, plan, version)
}

/** Writes what does not stand there already, unless another sweep is at work in the folder. `own`: the file of this process. */
async function placePlan(
  io: Io,
  folder: string,
  plan: SweepPlan,
  version: string,
  own?: string,
): Promise<void> {
  const text = planText(io, storedPlan(plan, version))
  const planFile = join(folder, PLAN_FILE)
  const before = await textIfThere(io, planFile, MOST_PLAN_BYTES)
  if (before !== undefined && before !== text) await assertNobodyElse(io, folder, own)
  const frozen = frozenText(plan.source, version)
  const file = join(folder, FROZEN_FILE)
  const frozenBefore = await textIfThere(io, file, MOST_FROZEN_BYTES)
  if (frozenBefore !== frozen) await writing(file, () => io.write(file, frozen))
  if (before !== text) await writing(planFile, () => io.write(planFile, text))
}

/** Shards of one sweep share a plan; with another plan somebody's merged results would lack points. */
async function assertNobodyElse(io: Io, folder: string, own: string | undefined): Promise<void> {
  for (const { name } of await writing(folder, () => io.list(folder))) {
    const path = join(folder, name)
    if (!name.endsWith(LOCK) || (own !== undefined && path === own + LOCK)) continue
    const holder = await writing(path, () => io.lockHolder(path))
    if (holder !== undefined) {
      const what = `another sweep, with other points, is at work here (${holder})`
      fail('conflict', { what, hint: 'wait for it, or use another --output-dir' }, { file: folder })
    }
  }
}

/** What could not be written does not harm what was. */
async function writing<T>(file: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    if (!(error instanceof IoError)) throw error
    const hint = 'points that are done are kept: the same command goes on from there'
    return fail('file', { action: 'write', reason: error.reason, hint }, { file })
  }
}

// The plan of a sweep as a file in its folder: which points there are, in which order, so that results can be merged.
import { join } from 'node:path'
import * as z from 'zod'
import { fail } from '../errors.ts'
import type { Io } from '../io.ts'
import { PLAN_FILE, textIfThere } from './folder.ts'
import type { SweepPlan } from './points.ts'

/** As many points as a sweep may have, and then some. */
export const MOST_PLAN_BYTES = 1e9

const planSchema = z.strictObject({
  schemaVersion: z.literal(1),
  moesim: z.string(),
  name: z.string(),
  axes: z.array(z.string()),
  /** Limits of the results that are shown; absent: none. */
  limits: z.array(z.string()).optional(),
  points: z.array(z.strictObject({ id: z.string(), values: z.array(z.string()) })),
  /** Of the text without it: whoever takes a point out of the file would take it out of merged results without a word. */
  sha256: z.string(),
})

/** Points without their experiments. */
export type StoredPlan = Omit<z.output<typeof planSchema>, 'sha256'>

export function storedPlan(
  { name, axes, limits, points }: Pick<SweepPlan, 'name' | 'axes' | 'limits' | 'points'>,
  version: string,
): StoredPlan {
  return {
    ...{ schemaVersion: 1, moesim: version, name, axes: [...axes] },
    ...(limits.length > 0 && { limits: [...limits] }),
    points: points.map(({ id, values }) => ({ id, values: [...values] })),
  }
}

/** A line for each point, and a hash of them. Equal plans have equal texts. */
export function planText(io: Pick<Io, 'hash'>, { points, ...head }: StoredPlan): string {
  const opened = JSON.stringify(head).slice(0, -1)
  const text = `${opened},"points":[\n${points.map((point) => JSON.stringify(point)).join(',\n')}\n]`
  const hash = io.hash()
  hash.update(text)
  return `${text},"sha256":"${hash.hex()}"}\n`
}

/** Throws UserError where the folder has no plan, or a damaged one. */
export async function readPlan(io: Io, folder: string): Promise<StoredPlan> {
  const file = join(folder, PLAN_FILE)
  const text = await textIfThere(io, file, MOST_PLAN_BYTES)
  if (text === undefined) {
    const hint = 'name the --output-dir of a sweep'
    return fail('file', { action: 'read', reason: 'there is no plan of a sweep', hint }, { file })
  }
  const parsed = planSchema.safeParse(jsonOf(text))
  const again = 'run the sweep, or a shard of it, again to write it anew: what is done stays'
  if (!parsed.success) return fail('syntax', { what: `not the plan of a sweep; ${again}` }, { file })
  const { sha256: _sha256, ...plan } = parsed.data
  if (planText(io, plan) === text) return plan
  return fail('syntax', { what: `edited: its content does not match its check; ${again}` }, { file })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

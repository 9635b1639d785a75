// A small model, its routing in memory, and how the tests open files made of it.
import { type Diagnostic, describe as text, UserError } from '../../../src/errors.ts'
import { openTrace, readTrace } from '../../../src/trace/open.ts'
import type { TraceOptions } from '../../../src/trace/reading.ts'
import type { RoutingSource } from '../../../src/trace/source.ts'
import { memoryIo } from '../../helpers/memory-io.ts'

/** 8 experts, top-2, MoE in layers 1 and 3 of 4. */
export const MINI = { model: 'mini', experts: 8, topK: 2, moeLayers: [1, 3], layers: 4 }

/** Ids [token][MoE layer][slot] of three tokens. */
export const IDS = [
  [
    [0, 1],
    [2, 3],
  ],
  [
    [4, 5],
    [6, 7],
  ],
  [
    [7, 0],
    [1, 6],
  ],
] as const

export type Files = Readonly<Record<string, string | Uint8Array>>

export async function open(files: Files, path: string, model = MINI): Promise<RoutingSource> {
  return openTrace(memoryIo(files, 13), path, model)
}

export async function read(files: Files, path: string, options: TraceOptions = {}, model = MINI) {
  return readTrace(memoryIo(files, 13), path, model, options)
}

/** Ids of a source as [token][layer][slot]. */
export function idsOf(source: RoutingSource): number[][][] {
  const { layers, topK } = source
  const tokens = source.requests.reduce((sum, request) => sum + request.tokens, 0)
  return Array.from({ length: tokens }, (_, token) =>
    layers.map((layer) => [...source.layerExperts(layer).subarray(token * topK, (token + 1) * topK)]),
  )
}

/** The findings that opening ends with; fails where it ends otherwise. */
export async function findingsOf(action: Promise<unknown>): Promise<readonly Diagnostic[]> {
  const error = await action.catch((caught: unknown) => caught)
  if (!(error instanceof UserError)) throw new Error(`not refused with a UserError: ${String(error)}`)
  return error.diagnostics
}

/** File and text of the first finding. */
export async function refusalOf(files: Files, path: string, model = MINI): Promise<string> {
  const [first] = await findingsOf(open(files, path, model))
  return `${first!.file}: ${text(first!)}`
}

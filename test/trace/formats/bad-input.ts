// What the tests of malformed traces share: how one is described, refused and judged.
import { expect } from 'vitest'
import { type Diagnostic, type DiagnosticCode, describe as text, UserError } from '../../../src/errors.ts'
import type { Io } from '../../../src/io.ts'
import { openTrace } from '../../../src/trace/open.ts'

export const MODEL = { model: 'mini', experts: 8, topK: 2, moeLayers: [1, 3] }

export async function refusal(io: Io, path: string, model = MODEL): Promise<readonly Diagnostic[]> {
  const error = await openTrace(io, path, model).catch((caught: unknown) => caught)
  if (!(error instanceof UserError)) throw new Error(`not refused with a UserError: ${String(error)}`)
  return error.diagnostics
}

export interface Bad {
  /** What is wrong with it. */
  readonly name: string
  readonly content: string | Uint8Array
  /** `trace` where not given. */
  readonly code?: DiagnosticCode
  readonly line?: number
  /** Text that the caret must stand under. */
  readonly caret?: string
  readonly message: string
}

export function expectRefusal(found: Diagnostic, bad: Bad, file: string): void {
  expect(text(found)).toContain(bad.message)
  expect([found.code, found.file, found.span?.line]).toEqual([bad.code ?? 'trace', file, bad.line])
  if (bad.caret === undefined) return
  const { lineText, column, length } = found.span!
  expect(lineText.slice(column - 1, column - 1 + length)).toBe(bad.caret)
}

export const csv = (...rows: string[]) => ['request,token,phase,layer,experts', ...rows, ''].join('\n')

export const META = {
  type: 'meta',
  format: 'moesim-research-trace',
  version: 1,
  num_experts: 8,
  top_k: 2,
  layers: [1, 3],
  request: 'r',
}
export const ROW = {
  pos: 0,
  phase: 'decode',
  experts: [
    [0, 1],
    [2, 3],
  ],
}
export const lines = (...objects: unknown[]) =>
  objects.map((object) => `${JSON.stringify(object)}\n`).join('')

export const steps = (...rows: unknown[]) => JSON.stringify(rows.map((layer1) => ({ 0: null, 1: layer1 })))

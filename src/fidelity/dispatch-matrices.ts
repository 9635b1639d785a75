// Reads moe_dispatch_matrices.jsonl: per case, how many tokens each node sends to each other.
import { finding } from '../errors.ts'
import type { Io } from '../io.ts'
import { collect, referenceLines } from './reference-csv.ts'
import { RowProblem } from './reference-rows.ts'

/** By case: tokens[from][to]. */
export type DispatchMatrices = ReadonlyMap<number, readonly (readonly number[])[]>

/** Throws UserError. */
export async function readDispatchMatrices(io: Io, path: string): Promise<DispatchMatrices> {
  const lines = await referenceLines(io, path)
  const numbered = lines.map((text, i) => ({ line: i + 1, text })).filter(({ text }) => text.trim() !== '')
  return new Map(
    collect(numbered, ({ line, text }) => {
      const span = { line, column: 1, length: Math.max(1, text.length), lineText: text }
      const refuse = (what: string): never => {
        throw new RowProblem(finding('syntax', { what }, { file: path, span }))
      }
      const parsed = parseJson(text)
      if (parsed === undefined) return refuse('not a JSON object')
      const { case: id, matrix_tokens: tokens } = parsed
      if (!isCount(id)) return refuse('"case" must be a whole number')
      if (!isSquare(tokens)) return refuse('"matrix_tokens" must be as many rows as columns of whole numbers')
      return [id, tokens] as const
    }),
  )
}

function parseJson(text: string): { case?: unknown; matrix_tokens?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

function isSquare(value: unknown): value is number[][] {
  return (
    Array.isArray(value) &&
    value.every((row) => Array.isArray(row) && row.length === value.length && row.every(isCount))
  )
}

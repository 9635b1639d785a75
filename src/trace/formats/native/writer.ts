// Writer of moesim's own format.

import { type RequestRows, type RoutingSource, requestRows } from '../../source.ts'
import { NATIVE_HEADER } from './csv.ts'

/**
 * The lines of a native CSV file, one token's rows per piece; `comments` (such as the command that made the
 * file) go on top behind `#`. Token indices count from 0 in each request. The rows go by token, so this holds
 * all layers of `source` at once.
 */
export function* formatNativeCsv(source: RoutingSource, comments: readonly string[]): Iterable<string> {
  yield* nativeHead(comments)
  for (const request of requestRows(source)) yield* nativeLines(request, source.topK)
}

/** The lines before the rows. */
export function* nativeHead(comments: readonly string[]): Iterable<string> {
  for (const comment of comments.flatMap((text) => text.split(/\r?\n|\r/))) yield `# ${comment}\n`
  yield `${NATIVE_HEADER}\n`
}

/** The rows of a request, one token's per piece. */
export function* nativeLines(
  { id, prefillTokens, tokens, columns }: RequestRows,
  topK: number,
): Iterable<string> {
  const request = quoted(id)
  for (let token = 0; token < tokens; token++) {
    const phase = token < prefillTokens ? 'prefill' : 'decode'
    let lines = ''
    for (const [layer, column] of columns) {
      const ids = column.subarray(token * topK, (token + 1) * topK)
      lines += `${request},${token},${phase},${layer},${ids.join(' ')}\n`
    }
    yield lines
  }
}

/** The header and the first `rows` rows of `source`, as native CSV. */
export function firstRows(source: RoutingSource, rows: number): string {
  const lines: string[] = []
  for (const piece of formatNativeCsv(source, [])) {
    lines.push(...piece.trimEnd().split('\n'))
    // The header is a line, too.
    if (lines.length > rows) break
  }
  return lines
    .slice(0, rows + 1)
    .map((line) => `${line}\n`)
    .join('')
}

function quoted(field: string): string {
  return /[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field
}

// Prose on a terminal ends its lines between words; a file, or another program, gets it whole.
import type { OutputStream } from './ports.ts'

/** What no line ends within: a word, and what is quoted, such as a command. */
const WORD = /(?:"[^"]*"|[^ "]|")+/g
const INDENT = '  '

/** Lines behind the first are indented. A word longer than a line stays whole. */
export function terminalLines(text: string, { isTTY, columns }: OutputStream): string {
  if (isTTY !== true || columns === undefined || text.length <= columns) return text
  const lines: string[] = []
  for (const word of text.match(WORD) ?? []) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= columns)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(last === undefined ? word : `${INDENT}${word}`)
  }
  return lines.join('\n')
}

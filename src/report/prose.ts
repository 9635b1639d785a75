// Lines of text for the terminal: no wider than it is, broken between words.
import type { ChalkInstance } from 'chalk'
import { TABLE_COLUMNS, wrap } from './fit.ts'
import type { Fact } from './headline.ts'

/** `width`: characters of a line, Infinity for as many as it takes. Lines behind the first stand `indent` characters in. */
export function prose(text: string, width = TABLE_COLUMNS, indent = 0): string {
  return wrap(text, width - indent).replaceAll('\n', `\n${' '.repeat(indent)}`)
}

/** A label of so many characters, then its text beside it. */
export function factLines(
  facts: readonly Fact[],
  chalk: ChalkInstance,
  width = TABLE_COLUMNS,
  labels = 9,
): string {
  const lines = facts.map(({ label, text }) => {
    const padded = label.padEnd(labels)
    return `${chalk.dim(padded)} ${prose(text, width, padded.length + 1)}\n`
  })
  return lines.join('')
}

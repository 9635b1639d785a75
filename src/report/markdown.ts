// A result as GitHub Markdown: what was run as a list, then the speedup and memory tables.
import type { RunResult } from '../sim/result.ts'
import { headline } from './headline.ts'
import { type Section, sections } from './sections.ts'

export function renderMarkdown(result: RunResult): string {
  const facts = headline(result).map(({ label, text }) => `- **${label}**: ${escaped(text)}\n`)
  return `${facts.join('')}\n${sections(result).map(renderSection).join('\n')}`
}

function renderSection({ title, columns, rows }: Section): string {
  const header = columns.map((column) => escaped(column.header.replaceAll('\n', ' ')))
  const rule = columns.map((column) => (column.align === 'right' ? '---:' : '---'))
  const lines = [header, rule, ...rows.map((row) => row.map(escaped))]
  return `### ${escaped(title)}\n\n${lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('')}`
}

/** What would end a cell or start markup in a name or path. */
function escaped(text: string): string {
  return text.replaceAll(/[\\|*_`<]/g, (mark) => `\\${mark}`).replaceAll('\n', ' ')
}

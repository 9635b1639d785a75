// A result as GitHub Markdown: what was run as a list, then the speedup and memory tables.
import type { RunResult } from '../sim/result.ts'
import { headline } from './headline.ts'
import { escaped, markdownGrid } from './markdown-grid.ts'
import { type Section, sections } from './sections.ts'

export function renderMarkdown(result: RunResult): string {
  const facts = headline(result).map(({ label, text }) => `- **${label}**: ${escaped(text)}\n`)
  return `${facts.join('')}\n${sections(result).map(renderSection).join('\n')}`
}

function renderSection({ title, columns, rows }: Section): string {
  return `### ${escaped(title)}\n\n${markdownGrid(columns, rows)}`
}

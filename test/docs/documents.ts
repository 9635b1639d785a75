// The documents of the repository, and the parts of them that tests look at.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export const readFile = (path: string) => readFileSync(`${ROOT}${path}`, 'utf8')

/** Paths below the root: the README first, then docs/ by name. */
export const DOCUMENTS: readonly string[] = [
  'README.md',
  ...readdirSync(`${ROOT}docs`)
    .sort()
    .map((file) => `docs/${file}`),
]

/** The READMEs that lie beside traces and reference tables. */
export const FURTHER_DOCUMENTS: readonly string[] = [
  'traces/README.md',
  ...readdirSync(`${ROOT}configs/reference`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('README.md'))
    .map((path) => `configs/reference/${path}`),
]

/** What a reader puts a name of their own for, such as `src/schedulers/NAME.ts`. */
export const PLACEHOLDER = /\b(?:NAME|PAPER|FIGURE|SIMULATOR|TABLE)\b/

const FENCE = /^```(\w*)\n([\s\S]*?)^```$/gm

/** The text of every fenced block in a language such as `sh`. */
export function blocksOf(markdown: string, language: string): string[] {
  return [...markdown.matchAll(FENCE)].filter(([, is]) => is === language).map(([, , text]) => text!)
}

/** What stands between backticks in running text and tables, on one line. */
export function inlineCode(markdown: string): string[] {
  const codes = markdown.replaceAll(FENCE, '').matchAll(/`((?:[^`\n]|\n(?!\s*\n))+)`/g)
  return [...codes].map(([, code]) => code!.replaceAll(/\s*\n\s*/g, ' '))
}

/** The text of the section under a heading, up to the next heading of its level or above. */
export function sectionOf(markdown: string, heading: string): string {
  const lines = markdown.split('\n')
  const from = lines.findIndex((line) => line.replace(/^#+ /, '') === heading && line.startsWith('#'))
  if (from < 0) throw new Error(`no section "${heading}"`)
  const level = lines[from]!.indexOf(' ')
  const length = lines.slice(from + 1).findIndex((line) => /^#+ /.test(line) && line.indexOf(' ') <= level)
  return lines.slice(from + 1, length < 0 ? undefined : from + 1 + length).join('\n')
}

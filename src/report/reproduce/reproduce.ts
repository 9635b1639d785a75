// The reproduction of a paper for people: the paper's statement, our number and the verdict side by side.
import type { ChalkInstance } from 'chalk'
import type { OutputFormat } from '../../config/experiment/experiment.ts'
import type { DataTable, Row, Verdict } from '../../papers/figure.ts'
import type { Reproduction, Section } from '../../papers/reproduce.ts'
import { type GridColumn, titledGrid } from '../grid.ts'
import { escaped, markdownGrid } from '../markdown-grid.ts'
import { prose } from '../prose.ts'
import { amountText, dataCell, dataHeader } from './amounts.ts'
import { CHOSEN, ratioOf, reproductionCsv, reproductionJson } from './data.ts'
import { shortened } from './shortened.ts'

/** `isVerbose`: rules, settings, commands and whole reasons too; JSON and CSV always have them. */
type Renderer = (
  reproduction: Reproduction,
  chalk: ChalkInstance,
  isVerbose: boolean,
  width?: number,
) => string

export const reproductionFormats: Readonly<Record<OutputFormat, Renderer>> = {
  table: (reproduction, chalk, isVerbose, width) =>
    parts(blocks(reproduction, isVerbose))
      .map((part) => asText(part, chalk, width))
      .join('\n'),
  json: reproductionJson,
  csv: reproductionCsv,
  markdown: (reproduction, _chalk, isVerbose) =>
    parts(blocks(reproduction, isVerbose)).map(asMarkdown).join('\n'),
}

/** Something with a heading: paragraphs and grids, and what is told after those of all blocks. */
interface Block {
  readonly heading: string
  readonly lines: readonly string[]
  readonly grids: readonly Grid[]
  /** Why each row came out so. */
  readonly reasons: readonly string[]
  /** What a reader must know beside the numbers. */
  readonly notes: readonly Note[]
}

interface Note {
  readonly figure: string
  readonly text: string
}

type Part = Pick<Block, 'heading' | 'lines' | 'grids'> & { readonly list: readonly string[] }

/** Verdicts and numbers first, then the reasons, then the notes. */
function parts(all: readonly Block[]): Part[] {
  const after: readonly Part[] = [
    { heading: 'why', lines: [], grids: [], list: all.flatMap(({ reasons }) => reasons) },
    { heading: 'notes', lines: [], grids: [], list: told(all.flatMap(({ notes }) => notes)) },
  ]
  const isEmpty = ({ lines, grids, list }: Part) => lines.length + grids.length + list.length === 0
  return [...all.map((block) => ({ ...block, list: [] })), ...after].filter((part) => !isEmpty(part))
}

/** What several figures note alike is told once. */
function told(notes: readonly Note[]): string[] {
  const figuresOf = new Map<string, string[]>()
  for (const { figure, text } of notes) figuresOf.set(text, [...(figuresOf.get(text) ?? []), figure])
  return [...figuresOf].map(([text, figures]) => `${figures.join(', ')}: ${text}`)
}

interface Grid {
  readonly title: string
  readonly columns: readonly GridColumn[]
  readonly rows: readonly (readonly string[])[]
}

/** The head, then the claims where they are shown, then a block for each figure shown; no row stands in two of them. */
export function blocks(reproduction: Reproduction, isVerbose: boolean): Block[] {
  const { title, preface, isQuick, seed, shows, figures, claims } = reproduction
  const head: Block = {
    heading: title,
    lines: [
      ...preface,
      isVerbose
        ? `seed ${seed}; what stands behind "Run" can be put behind "moesim run"`
        : `seed ${seed}; --verbose and --format json tell the rule, the settings and the command of each row`,
      ...(figures.some(({ rows }) => rows.some(({ reading }) => reading !== undefined))
        ? [`readings: what the paper leaves open, read otherwise; chosen ${CHOSEN}`]
        : []),
      ...(isQuick
        ? ['QUICK: fewer layers, tokens and points than the paper; see the notes of each figure']
        : []),
    ],
    grids: [],
    reasons: [],
    notes: [],
  }
  if (shows === 'claims') return [head, claimsBlock(claims, figures.flatMap(notesOf), isVerbose)]
  if (shows === 'figures') return [head, ...figures.map((section) => figureBlock(section, isVerbose))]
  const isElsewhere = new Set(claims)
  return [
    head,
    claimsBlock(claims, [], isVerbose),
    ...figures.map((section) =>
      figureBlock({ ...section, rows: section.rows.filter((row) => !isElsewhere.has(row)) }, isVerbose),
    ),
  ]
}

const notesOf = ({ id, notes }: Section): Note[] => notes.map((text) => ({ figure: id, text }))

function figureBlock(section: Section, isVerbose: boolean): Block {
  const { id, title, rows, tables } = section
  return {
    heading: `${id}: ${title}`,
    lines: [],
    grids: [
      ...(rows.length > 0 ? [statements(rows)] : []),
      ...tables.filter(({ isPrinted }) => isPrinted).map(dataGrid),
    ],
    reasons: rows.map((row) => details(row, isVerbose)),
    notes: notesOf(section),
  }
}

function claimsBlock(claims: readonly Row[], notes: readonly Note[], isVerbose: boolean): Block {
  const plain = claims.filter(({ reading }) => reading === undefined)
  const read = claims.filter(({ reading }) => reading !== undefined)
  return {
    heading: 'claims: what the paper states',
    lines: [
      tally('as stated', plain),
      ...(read.length === 0 ? [] : [tally(`under readings chosen ${CHOSEN}`, read)]),
    ],
    grids: [statements(claims)],
    reasons: claims.map((row) => details(row, isVerbose)),
    notes,
  }
}

/** Readings are counted apart: they answer results that had been seen. */
function tally(how: string, rows: readonly Row[]): string {
  const count = (verdict: Verdict) => rows.filter(({ judgement }) => judgement?.verdict === verdict).length
  return `${rows.length} ${rows.length === 1 ? 'row' : 'rows'} ${how}: ${count('pass')} pass, ${count('partly')} partly, ${count('fail')} fail`
}

function statements(rows: readonly Row[]): Grid {
  return {
    title: 'statements',
    columns: [
      { header: 'row', align: 'left' },
      { header: 'claim', align: 'left' },
      { header: 'reading', align: 'left' },
      { header: 'what', align: 'left' },
      { header: 'paper', align: 'left' },
      { header: 'ours', align: 'right' },
      { header: 'ratio', align: 'right' },
      { header: 'verdict', align: 'left' },
    ],
    rows: rows.map((row) => [
      row.id,
      row.claim ?? '-',
      row.reading?.name ?? '-',
      row.what,
      row.published?.text ?? '-',
      amountText(row.ours),
      ratioOf(row)?.toPrecision(3) ?? '-',
      row.judgement?.verdict ?? '-',
    ]),
  }
}

function details({ id, judgement, reading, reason, detail, config }: Row, isVerbose: boolean): string {
  if (!isVerbose) return shortened(`${id}: ${reason}`)
  return [
    `${id}: ${reason}.`,
    ...(detail === undefined ? [] : [`${detail}.`]),
    ...(reading === undefined ? [] : [`Reading, chosen ${CHOSEN}: ${reading.settings}.`]),
    ...(judgement === null ? [] : [`Rule: ${judgement.rule}.`]),
    `Run: ${config}`,
  ].join(' ')
}

function dataGrid({ title, columns, rows }: DataTable): Grid {
  const isText = (c: number) => rows.some((row) => typeof row[c] === 'string')
  return {
    title,
    columns: columns.map((column, c) => ({
      header: dataHeader(column),
      align: isText(c) ? 'left' : 'right',
    })),
    rows: rows.map((row) => row.map((cell, c) => dataCell(cell, columns[c]!))),
  }
}

function asText({ heading, lines, grids, list }: Part, chalk: ChalkInstance, width?: number): string {
  const gridTexts = grids.map((grid) => `\n${titledGrid(grid, chalk, width)}`)
  const lined = (text: string) => `${prose(text, width)}\n`
  const listText = list.length === 0 ? '' : `\n${list.map(lined).join('')}`
  return [`${chalk.bold(prose(heading, width))}\n`, ...lines.map(lined), ...gridTexts, listText].join('')
}

function asMarkdown({ heading, lines, grids, list }: Part): string {
  const items = (texts: readonly string[]) =>
    texts.length === 0 ? '' : `\n${texts.map((text) => `- ${escaped(text)}\n`).join('')}`
  const gridTexts = grids.map(
    ({ title, columns, rows }) => `\n#### ${escaped(title)}\n\n${markdownGrid(columns, rows)}`,
  )
  return [`### ${escaped(heading)}\n`, items(lines), ...gridTexts, items(list)].join('')
}

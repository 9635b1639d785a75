// Fits a grid into the width of a terminal: text wraps between words, and columns without room stand in a grid below.

/** What terminals are at least wide. */
export const TABLE_COLUMNS = 80
/** Between two columns. */
const GAP = 2

export interface GridColumn {
  /** May hold line breaks. */
  readonly header: string
  readonly align: 'left' | 'right'
  /** Says what a row is, so that every part of a grid that is too wide has it; where no column does, the first one. */
  readonly isKey?: true
}

export interface Grid {
  readonly columns: readonly GridColumn[]
  readonly rows: readonly (readonly string[])[]
}

/**
 * The grid itself where it fits. Otherwise one or more grids of its columns, each with the key columns first, that are as
 * wide as told, or wider only where a single word is.
 */
export function fitGrid(grid: Grid, width: number): Grid[] {
  const natural = grid.columns.map((column, c) => widest(linesOf(grid, c, column.header)))
  if (total(natural) <= width) return [grid]
  const ofCells = grid.columns.map((_, c) => widest(linesOf(grid, c, '')))
  const ofHeader = grid.columns.map(({ header }) => widest(header.split('\n').flatMap(words)))
  const headerOnly = ofCells.map((cells, c) => Math.max(cells, ofHeader[c]!))
  const least = grid.columns.map((_, c) =>
    Math.max(ofHeader[c]!, widest(linesOf(grid, c, '').flatMap(words))),
  )
  const fitted = (of: readonly number[]) => {
    const pick = (widths: readonly number[]) => of.map((c) => widths[c]!)
    const room = Math.max(width, total(pick(least)))
    // Headers wrap before cells do.
    return shrunk(shrunk(pick(natural), pick(headerOnly), room), pick(least), room)
  }
  if (total(least) <= width) return [wrapped(grid, fitted([...grid.columns.keys()]))]
  return blocksOf(grid, least, width).map((block) => {
    const part: Grid = {
      columns: block.map((c) => grid.columns[c]!),
      rows: grid.rows.map((row) => block.map((c) => row[c] ?? '')),
    }
    return wrapped(part, fitted(block))
  })
}

const total = (widths: readonly number[]) =>
  widths.reduce((sum, width) => sum + width, GAP * (widths.length - 1))

const widest = (texts: readonly string[]) => texts.reduce((most, { length }) => Math.max(most, length), 0)

const linesOf = ({ rows }: Grid, c: number, header: string): string[] =>
  [header, ...rows.map((row) => row[c] ?? '')].flatMap((text) => text.split('\n'))

/** What no line may end within: words, options of a scheduler's id, a number with its unit. */
function words(text: string): string[] {
  return text.split(/(?<!±) (?!(?<=\d )[\p{L}/]{1,7}\d?(?:$| ±))|(?<=[:,])(?=[a-z])/u)
}

/** Widths that come to `width` at most, none below its least: the widest give first. */
function shrunk(natural: readonly number[], least: readonly number[], width: number): number[] {
  const widths = [...natural]
  for (let over = total(widths) - width; over > 0; over--) {
    const at = widths.reduce(
      (best, own, c) => (own > least[c]! && (best < 0 || own > widths[best]!) ? c : best),
      -1,
    )
    if (at < 0) break
    widths[at]!--
  }
  return widths
}

/** Columns of each grid; key columns are in all of them. */
function blocksOf({ columns }: Grid, least: readonly number[], width: number): number[][] {
  const marked = columns.flatMap(({ isKey }, c) => (isKey ? [c] : []))
  const keys = marked.length > 0 ? marked : [0]
  const blocks: number[][] = []
  for (const c of columns.keys()) {
    if (keys.includes(c)) continue
    const last = blocks.at(-1)
    if (last !== undefined && total([...last, c].map((each) => least[each]!)) <= width) last.push(c)
    else blocks.push([...keys, c])
  }
  return blocks
}

function wrapped({ columns, rows }: Grid, widths: readonly number[]): Grid {
  return {
    columns: columns.map((column, c) => ({ ...column, header: wrap(column.header, widths[c]!) })),
    rows: rows.map((row) => row.map((text, c) => wrap(text, widths[c]!))),
  }
}

/** Line breaks between words, as few as there can be. */
export function wrap(text: string, width: number): string {
  if (text.split('\n').every((line) => line.length <= width)) return text
  return text
    .split('\n')
    .map((line) => {
      const lines: string[] = []
      let at = 0
      for (const word of words(line)) {
        const space = line[at] === ' ' ? 1 : 0
        const last = lines.at(-1)
        if (last !== undefined && last.length + space + word.length <= width)
          lines[lines.length - 1] = `${last}${' '.repeat(space)}${word}`
        else lines.push(word)
        at += space + word.length
      }
      return lines.join('\n')
    })
    .join('\n')
}

// Tooltips of large charts: worked out for the mark under the pointer, where Vega would do so for every mark beforehand.
import type { VisualizationSpec } from 'vega-embed'

/** One line of a tooltip. */
interface Line {
  readonly field: string
  readonly title: string
}

export interface LazyTooltips {
  /** Draws the same marks. */
  readonly spec: VisualizationSpec
  /** The inner HTML of the tooltip of a row; `toText` makes any value safe text. */
  format(row: Readonly<Record<string, unknown>>, toText: (value: unknown) => string): string
}

/** Undefined where the chart has not one list of plain lines for all its marks: then each mark needs its own. */
export function lazyTooltips(spec: VisualizationSpec): LazyTooltips | undefined {
  const lists: (readonly Line[])[] = []
  const withoutLists = JSON.parse(JSON.stringify(spec), (key, value) => {
    if (key !== 'tooltip') return value
    lists.push(value)
    return undefined
  })
  const [lines] = lists
  if (lists.length !== 1 || !Array.isArray(lines) || !lines.every(isPlain)) return undefined
  return {
    // The row itself costs nothing to work out.
    spec: { ...withoutLists, config: { mark: { tooltip: { content: 'data' } } } },
    format(row, toText) {
      const cells = lines
        .filter(({ field }) => row[field] !== undefined)
        .map(({ field, title }) => {
          const key = `<td class="key">${toText(title)}</td>`
          return `<tr>${key}<td class="value">${toText(row[field])}</td></tr>`
        })
      return `<table><tbody>${cells.join('')}</tbody></table>`
    },
  }
}

/** Shown as it is in the row. */
function isPlain(line: object): line is Line {
  return 'field' in line && Object.keys(line).every((key) => key === 'field' || key === 'title')
}

// What a page holds, before it is HTML: facts, sections of tables and charts, and the rows the charts draw.
import type { TopLevelSpec } from 'vega-lite'
import type { GridColumn } from '../grid.ts'
import type { Fact } from '../headline.ts'

/** Plain values only: names stay text whatever they hold. */
export type ChartRow = Readonly<Record<string, string | number | boolean | null | readonly number[]>>

/** A Vega-Lite chart. It has no colours of its own but scales, so that the theme decides between light and dark. */
export interface Chart {
  /** Lower-case letters, digits and hyphens; unique in its page. Also the name of its file. */
  readonly id: string
  readonly title: string
  /** What a reader must know to read it right. */
  readonly caption: string
  readonly spec: TopLevelSpec
}

/** Name of a layer that is not seen: it answers the pointer, and is left out of pictures. */
export const POINTER_LAYER = 'pointer'

/** Name of a view whose distances are true: it keeps its shape on a narrow screen. */
export const TO_SCALE = 'to-scale'

export interface PageTable {
  readonly title: string
  readonly columns: readonly GridColumn[]
  readonly rows: readonly (readonly string[])[]
}

export interface PageSection {
  readonly heading: string
  readonly notes: readonly string[]
  readonly charts: readonly Chart[]
  readonly tables: readonly PageTable[]
  /** Long text shown as it is, such as a config: folded away under its label. */
  readonly folded?: readonly { readonly label: string; readonly text: string }[]
  /** Shell commands. */
  readonly commands?: readonly string[]
}

export interface Page {
  readonly title: string
  readonly facts: readonly Fact[]
  readonly sections: readonly PageSection[]
  /** Rows by name: the charts refer to them as `data: { name }`. */
  readonly datasets: Readonly<Record<string, readonly ChartRow[]>>
}

/** What the page's script is made of: the bundle of client/, and the licences of what is in it. */
export interface PageScript {
  readonly code: string
  readonly licences: string
}

/** Name of the dataset that the charts of a sweep share. */
export const SWEEP_ROWS = 'rows'

export function chartsOf(page: Page): readonly Chart[] {
  return page.sections.flatMap(({ charts }) => charts)
}

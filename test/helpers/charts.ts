// What a chart holds and what Vega-Lite says of it.
import { compile } from 'vega-lite'
import type { Chart, ChartRow } from '../../src/report/page/page.ts'

export const rowsIn = (chart: Chart | undefined): readonly ChartRow[] =>
  (chart!.spec as unknown as { data: { values: readonly ChartRow[] } }).data.values

/** What Vega-Lite says of a spec. */
export function complaintsOf({ spec }: Chart): string[] {
  const said: string[] = []
  const say = (...words: readonly unknown[]) => {
    said.push(words.join(' '))
    return logger
  }
  const logger = { level: () => logger, error: say, warn: say, info: () => logger, debug: () => logger }
  compile(spec, { logger: logger as never })
  return said
}

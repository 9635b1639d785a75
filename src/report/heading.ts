// Headings of tables: the words of a metric's name, so that table, CSV, JSON and explain speak of one thing in one way.

/** Words that are written otherwise where they are not part of a name. */
const WRITTEN: Readonly<Record<string, string>> = {
  sram: 'SRAM',
  kv: 'KV',
  mac: 'MAC',
  d2d: 'D2D',
  moe: 'MoE',
  llc: 'LLC',
}

/** Of `peakSramPerDie`: `peak SRAM per die`. */
export function headingOf(metric: string): string {
  return metric
    .split(/(?=[A-Z])/)
    .map((word) => WRITTEN[word.toLowerCase()] ?? word.toLowerCase())
    .join(' ')
}

/** The heading with the unit that its numbers do not show. */
export const headingWithUnit = (metric: string, unit: string) => `${headingOf(metric)} [${unit}]`

// Names of columns in CSV and Parquet: plain identifiers with the unit in the name, such as `latency_ps`.

/** What is no unit: a number of it needs no word behind its name. */
const PLAIN_NUMBERS: ReadonlySet<string> = new Set(['ratio', 'count', 'share'])

/** `throughput_token_per_s`, `d2dByteHops_B_hop`, `speedup`; of a path `hardware_link_bandwidth_GB_per_s`. */
export function columnName(name: string, unit?: string): string {
  if (unit === undefined || PLAIN_NUMBERS.has(unit)) return identifier(name)
  return identifier(`${name}_${unit.replaceAll('/', '_per_').replaceAll('%', 'pct')}`)
}

/** Of the half-width of the 95 % interval: `latency_ci95_ps`. */
export const intervalName = (name: string, unit: string) => columnName(`${name}_ci95`, unit)

/** Of the mean and spread over repetitions: `latency_jitter_mean_ps`. */
export const jitterName = (name: string, of: 'mean' | 'spread', unit: string) =>
  columnName(`${name}_jitter_${of}`, unit)

/** Letters, digits and `_`, no digit first. */
function identifier(text: string): string {
  const plain = text.replaceAll(/\W+/g, '_').replaceAll(/^_+|_+$/g, '')
  return /^\d|^$/.test(plain) ? `_${plain}` : plain
}

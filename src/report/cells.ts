// Metric values as people read them: three significant digits, with their unit or under a header that names it.
import type { Metric } from '../sim/result.ts'
import { formatQuantity } from '../units.ts'

/** What stands where a scheduler does not report a metric. */
export const ABSENT = '-'

type Format = (value: number) => string

export const time: Format = (value) => aligned(formatQuantity(value, 'time'))
export const size: Format = (value) => aligned(formatQuantity(value, 'size'))
const PJ_PER_J = 1e12
export const energy: Format = (value) => aligned(formatQuantity(value * PJ_PER_J, 'energy'))
/** One decimal; what rounds to nothing has no sign. */
export const percent: Format = (value) => (100 * value).toFixed(1).replace(/^-0\.0$/, '0.0')
export const count: Format = (value) => grouped(Math.round(value))
/** Three significant digits, so that numbers under each other compare at a glance. */
export const ratio: Format = (value) => (Math.abs(value) >= 100 ? count(value) : value.toPrecision(3))

const SCALES = ['', ' k', ' M', ' G', ' T', ' P']

/** A number of things a second: `901`, and from ten thousand on `67.0 k`, under a header that names them. */
export const rate: Format = (value) => {
  if (Math.abs(value) < 9999.5) return count(value)
  const rounded = Number(value.toPrecision(3))
  const scale = Math.min(SCALES.length - 1, Math.floor(Math.log10(Math.abs(rounded)) / 3))
  return `${(rounded / 1000 ** scale).toPrecision(3)}${SCALES[scale]}`
}

export const plain: Format = (value) => `${Number(value.toPrecision(4))}`

/** Of units of metrics: the formats that show them, or need none. */
export const BY_UNIT: Readonly<Record<string, Format>> = {
  ps: time,
  B: size,
  'B.hop': size,
  J: energy,
  ratio,
  count,
}

/** A value that stands without a header for its unit: `30.4 ms`, `1270 token/s`. */
export function amount(value: number, unit: string): string {
  if (unit === 'token/s' && Math.abs(value) >= 9999.5) return `${rate(value)} ${unit}`
  return BY_UNIT[unit]?.(value) ?? `${plain(value)} ${unit}`
}

/** The metric, and the half-width of its interval where it has one. */
export function cell(metric: Metric | undefined, format: Format): string {
  if (metric === undefined) return ABSENT
  const interval = metric.ci95 === undefined ? '' : ` ± ${format(metric.ci95)}`
  return `${format(metric.value)}${interval}`
}

/** By how many percent `own` stays below `reference`; negative where it needs more. */
export function savingCell(own: Metric | undefined, reference: Metric | undefined): string {
  if (own === undefined || reference === undefined || reference.value === 0) return ABSENT
  return percent(1 - own.value / reference.value)
}

/** 1,234,567 on every machine, whatever its locale. */
function grouped(whole: number): string {
  return `${whole}`.replaceAll(/\B(?=(\d{3})+$)/g, ',')
}

/** Fills a quantity up to three digits, so that columns line up: `24.0 ms` under `30.4 ms`. Zero stays `0 B`. */
function aligned(quantity: string): string {
  return quantity.replace(/^[1-9]\d?(\.\d)?(?= )/, (digits) => Number(digits).toPrecision(3))
}

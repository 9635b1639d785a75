// JSON with sorted keys: equal data, equal text, whatever order the keys were written in.
import { invariant } from '../errors.ts'

export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`)
    return `{${entries.join(',')}}`
  }
  invariant(typeof value !== 'number' || Number.isFinite(value), () => `no JSON number for ${String(value)}`)
  const text = JSON.stringify(value)
  invariant(text !== undefined, () => `no JSON for a ${typeof value}`)
  return text
}

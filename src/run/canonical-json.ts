// JSON with sorted keys: equal data, equal text, whatever order the keys were written in.
import { invariant } from '../errors.ts'

export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const record = value as Readonly<Record<string, unknown>>
    let text = ''
    for (const key of Object.keys(record).sort()) {
      const item = record[key]
      if (item !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(item)}`
    }
    return `{${text}}`
  }
  invariant(typeof value !== 'number' || Number.isFinite(value), () => `no JSON number for ${String(value)}`)
  const text = JSON.stringify(value)
  invariant(text !== undefined, () => `no JSON for a ${typeof value}`)
  return text
}

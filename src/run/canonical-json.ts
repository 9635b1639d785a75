// JSON with sorted keys: equal data, equal text, whatever order the keys were written in.
import { invariant } from '../errors.ts'

/** Keys as JSON writes them: there are few, and each is written many times. */
const MOST_KEYS = 1000
const keyTexts = new Map<string, string>()

export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const record = value as Readonly<Record<string, unknown>>
    let text = ''
    for (const key of Object.keys(record).sort()) {
      const item = record[key]
      if (item !== undefined) text += `${text === '' ? '' : ','}${keyText(key)}${canonicalJson(item)}`
    }
    return `{${text}}`
  }
  if (typeof value === 'number') {
    invariant(Number.isFinite(value), () => `no JSON number for ${String(value)}`)
    return String(value)
  }
  const text = JSON.stringify(value)
  invariant(text !== undefined, () => `no JSON for a ${typeof value}`)
  return text
}

function keyText(key: string): string {
  const known = keyTexts.get(key)
  if (known !== undefined) return known
  const text = `${JSON.stringify(key)}:`
  if (keyTexts.size < MOST_KEYS) keyTexts.set(key, text)
  return text
}

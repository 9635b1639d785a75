// Edits of a document: of the tree that it holds, and of its text or bytes.
import fc from 'fast-check'
import { oddValues } from './odd-values.ts'

export type TreeEdit =
  | { readonly kind: 'set'; readonly at: number; readonly value: unknown }
  | { readonly kind: 'delete'; readonly at: number }
  | { readonly kind: 'add'; readonly at: number; readonly key: string; readonly value: unknown }
  | { readonly kind: 'double'; readonly at: number }
  /** Puts another part of the tree there. */
  | { readonly kind: 'graft'; readonly at: number; readonly from: number }

const place = fc.nat(10_000)

export const treeEdits: fc.Arbitrary<readonly TreeEdit[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('set' as const), at: place, value: oddValues }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), at: place }) },
    {
      weight: 1,
      arbitrary: fc.record({
        ...{ kind: fc.constant('add' as const), at: place },
        ...{ key: fc.constantFrom('x', '__proto__', 'constructor', 'name', 'kind', ''), value: oddValues },
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('double' as const), at: place }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('graft' as const), at: place, from: place }) },
  ),
  { maxLength: 4 },
)

type Parent = Record<string, unknown> | unknown[]
interface Slot {
  readonly parent: Parent
  readonly key: string
}

/** Places of values in a tree, those of large lists left out beyond the first few: they are all alike. */
function slotsOf(tree: unknown, slots: Slot[] = []): Slot[] {
  if (typeof tree !== 'object' || tree === null) return slots
  const parent = tree as Parent
  for (const key of Object.keys(parent).slice(0, 40)) {
    slots.push({ parent, key })
    slotsOf(valueAt({ parent, key }), slots)
  }
  return slots
}

const valueAt = ({ parent, key }: Slot): unknown => (parent as Record<string, unknown>)[key]

function put({ parent, key }: Slot, value: unknown): void {
  Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true })
}

/** A changed copy. `donors`: trees that parts may be taken from, beside the tree itself. */
export function editTree(
  tree: unknown,
  edits: readonly TreeEdit[],
  donors: readonly unknown[] = [],
): unknown {
  const root = { document: structuredClone(tree) }
  for (const edit of edits) {
    const slots = slotsOf(root)
    if (slots.length === 0) break
    const slot = slots[edit.at % slots.length]!
    if (edit.kind === 'set') put(slot, structuredClone(edit.value))
    if (edit.kind === 'delete') {
      if (Array.isArray(slot.parent)) slot.parent.splice(Number(slot.key), 1)
      else delete slot.parent[slot.key]
    }
    if (edit.kind === 'add') {
      const value = valueAt(slot)
      const parent = typeof value === 'object' && value !== null ? (value as Parent) : slot.parent
      if (Array.isArray(parent)) parent.push(structuredClone(edit.value))
      else put({ parent, key: edit.key }, structuredClone(edit.value))
    }
    if (edit.kind === 'double' && Array.isArray(slot.parent)) slot.parent.push(structuredClone(valueAt(slot)))
    if (edit.kind === 'graft') {
      const sources = slotsOf({ root, donors })
      put(slot, structuredClone(valueAt(sources[edit.from % sources.length]!)))
    }
  }
  // The document itself may have been deleted.
  return root.document ?? null
}

/** A piece of a text that another takes the place of; places are shares of its length. */
export interface TextEdit {
  readonly at: number
  readonly length: number
  readonly text: string
}

const share = fc.double({ min: 0, max: 1, noNaN: true })
const PIECES = [
  '',
  '\n',
  ' ',
  ':',
  '{',
  '}',
  '[',
  ']',
  ',',
  '"',
  "'",
  '#',
  '-',
  '\t',
  '\r',
  '\u0000',
  '\ufeff',
  '&a ',
  '*a',
]

export const textEdits: fc.Arbitrary<readonly TextEdit[]> = fc.array(
  fc.record({
    ...{ at: share, length: fc.nat(8) },
    text: fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 4 })),
  }),
  { maxLength: 3 },
)

export function editText(text: string, edits: readonly TextEdit[]): string {
  return edits.reduce((changed, edit) => {
    const at = Math.floor(edit.at * changed.length)
    return changed.slice(0, at) + edit.text + changed.slice(at + edit.length)
  }, text)
}

export interface ByteEdits {
  readonly changes: readonly (readonly [place: number, value: number])[]
  /** Share of the file that is left. */
  readonly kept: number
}

export const byteEdits: fc.Arbitrary<ByteEdits> = fc.record({
  changes: fc.array(
    fc.tuple(
      fc.oneof(
        share,
        share.map((at) => at / 50),
      ),
      fc.nat(255),
    ),
    { maxLength: 4 },
  ),
  kept: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, share),
})

export function editBytes(bytes: Uint8Array, { changes, kept }: ByteEdits): Uint8Array {
  const changed = bytes.slice(0, Math.floor(kept * bytes.length))
  for (const [at, value] of changes) {
    if (changed.length > 0) changed[Math.floor(at * (changed.length - 1))] = value
  }
  return changed
}

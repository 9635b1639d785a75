// Reads numbers and lists out of a config.json by key name, and remembers where each of them stands.
import type { Path } from '../document.ts'
import type { Reporter } from '../validate.ts'
import { part } from '../view.ts'

/** Names that a key goes by; the first that is there counts. Dots descend into mappings. */
export type Names = string | readonly string[]

/** Access to the keys of a config.json. What is null is not there. Wrong values are reported once. */
export interface ConfigFields {
  /** The value of the first of `names` that is there. */
  raw(names: Names): unknown
  /** A whole number, which becomes the moesim key `target`. A list of equal ones, one for each layer, is one. */
  whole(target: string, names: Names, fallback?: number): number | undefined
  /** The same, where it may be missing. */
  optional(target: string, names: Names): number | undefined
  /** A list that becomes `target`, of elements that `isRight` knows; `expected` says what they are. */
  list<T>(
    target: string,
    name: string,
    isRight: (element: unknown) => element is T,
    expected: string,
  ): readonly T[] | undefined
  /** Reports the value of `name`. */
  bad(name: string, expected: string): void
  /** Where what became a moesim key stands. */
  readonly origin: ReadonlyMap<string, Path>
}

/** How the numbers of one file are read. */
interface Reading {
  readonly value: unknown
  /** Mapping that has the keys of the language model. */
  readonly root: Path
  /** What the family is called, for findings. */
  readonly family: string
  /** Lists have a number for text, then one for other modalities: the first counts. */
  readonly isTextFirst: boolean
  readonly report: Reporter
}

export function configFields({ value, root, family, isTextFirst, report }: Reading): ConfigFields {
  const origin = new Map<string, Path>()
  const pathOf = (name: string): Path => [...root, ...name.split('.')]
  const at = (name: string): unknown => part(value, pathOf(name)) ?? undefined
  const listed = (names: Names): readonly string[] => (typeof names === 'string' ? [names] : names)
  const present = (names: Names) => listed(names).find((name) => at(name) !== undefined)
  const fields: ConfigFields = {
    origin,
    raw(names) {
      const name = present(names)
      return name === undefined ? undefined : at(name)
    },
    whole(target, names, fallback) {
      const name = present(names)
      if (name === undefined) {
        if (fallback !== undefined) return fallback
        const key = listed(names).join(' or ')
        const hint = 'it is a whole number'
        report.at('missing-key', root, { key, within: `config.json of ${family}`, hint }, 'key')
        return undefined
      }
      origin.set(target, pathOf(name))
      const found = at(name)
      const one = Array.isArray(found) ? sameOfAll(found, isTextFirst) : found
      if (isWhole(one)) return one
      fields.bad(name, Array.isArray(found) ? 'the same whole number for all layers' : 'a whole number')
      return undefined
    },
    optional: (target, names) => (present(names) === undefined ? undefined : fields.whole(target, names)),
    list(target, name, isRight, expected) {
      const found = at(name)
      if (found === undefined) return undefined
      origin.set(target, pathOf(name))
      if (Array.isArray(found) && found.every(isRight)) return found
      fields.bad(name, expected)
      return undefined
    },
    bad: (name, expected) => report.badValue(pathOf(name), expected),
  }
  return fields
}

const isWhole = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0

function sameOfAll(list: readonly unknown[], isTextFirst: boolean): unknown {
  const [first] = list
  return isTextFirst || list.every((element) => element === first) ? first : undefined
}

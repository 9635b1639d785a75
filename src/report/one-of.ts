// What several things have in common, in a few words: the text of all of them, or how many there are.

/** `kind`: the plural, such as `machines`. */
export function oneOf(texts: readonly string[], kind: string): string {
  const distinct = new Set(texts)
  return distinct.size === 1 ? [...distinct][0]! : `${distinct.size} ${kind}`
}

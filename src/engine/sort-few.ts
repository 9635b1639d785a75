// Sorts lists that are short nearly always, many thousand times in a layer: in place, so that nothing is allocated for it.

/** Of more items than this the engine's own sort, which allocates, is faster. */
const MOST_TO_INSERT = 40

/** Sorts the first `count` items; of equals the order stays. Of a longer list the rest may be cut off. */
export function sortFew<T>(items: T[], compare: (a: T, b: T) => number, count = items.length): void {
  if (count > MOST_TO_INSERT) {
    items.length = count
    items.sort(compare)
    return
  }
  for (let i = 1; i < count; i++) {
    const item = items[i]!
    let at = i
    for (; at > 0 && compare(items[at - 1]!, item) > 0; at--) items[at] = items[at - 1]!
    items[at] = item
  }
}

// The experts that a token's router scores choose.

/**
 * Fills `ids` with the indices of the largest of `count` scores from `start` on, best first, ties to the lower index.
 * Returns what is wrong with the scores, or undefined.
 */
export function topK(
  scores: ArrayLike<number>,
  start: number,
  count: number,
  ids: number[],
): string | undefined {
  const k = ids.length
  let filled = 0
  for (let expert = 0; expert < count; expert++) {
    const score = scores[start + expert]!
    if (Number.isNaN(score)) return `the logit of expert ${expert} is not a number (NaN)`
    // Strictly greater, and experts come in ascending order: among equals the lower id stays ahead.
    if (filled === k && !(score > scores[start + ids[k - 1]!]!)) continue
    if (filled < k) filled++
    let at = filled - 1
    for (; at > 0 && score > scores[start + ids[at - 1]!]!; at--) ids[at] = ids[at - 1]!
    ids[at] = expert
  }
  const worst = scores[start + ids[k - 1]!]!
  return worst === Number.NEGATIVE_INFINITY ? `fewer than ${k} experts have a finite logit` : undefined
}

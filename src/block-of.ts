// Items dealt in contiguous blocks: tokens or experts to dies.

/** Block of `item` when `items` are dealt to `dies` in contiguous blocks as equal as can be, larger ones first. */
export function blockOf(item: number, items: number, dies: number): number {
  const small = Math.floor(items / dies)
  const larger = items % dies
  const inLarger = larger * (small + 1)
  return item < inLarger ? Math.floor(item / (small + 1)) : larger + Math.floor((item - inLarger) / small)
}

// Fills one token of a routing table: experts kept from the token before, then drawn ones.
import type { TokenSampler } from './token-sampler.ts'

/** Writes the token at `at`; the previous token stands just before it. Each of its slots is kept with chance `reuse`. */
export function fillToken(
  ids: Uint16Array,
  at: number,
  topK: number,
  reuse: number,
  sampler: TokenSampler,
  random: () => number,
): void {
  const kept = keepExperts(ids, at, topK, reuse, sampler, random)
  sampler.fill(ids, at + kept, at + topK, random)
}

/** Experts that are chosen together: of each its partner, and the chance that one who is drawn brings it along. */
export interface Partners {
  readonly of: Uint16Array
  readonly chance: number
}

/** As fillToken; an expert that was drawn then brings its partner along, where the token can still take that. */
export function fillTokenInPairs(
  ids: Uint16Array,
  at: number,
  topK: number,
  reuse: number,
  sampler: TokenSampler,
  partners: Partners,
  random: () => number,
): void {
  const kept = keepExperts(ids, at, topK, reuse, sampler, random)
  for (let slot = kept; slot < topK; slot++) {
    const expert = sampler.draw(random)
    ids[at + slot] = expert
    if (slot + 1 === topK || random() >= partners.chance) continue
    const partner = partners.of[expert]!
    if (sampler.take(partner)) ids[at + ++slot] = partner
  }
}

/** Starts the token and returns how many slots are filled; they come first, because the others are drawn around them. */
function keepExperts(
  ids: Uint16Array,
  at: number,
  topK: number,
  reuse: number,
  sampler: TokenSampler,
  random: () => number,
): number {
  let kept = 0
  for (let slot = 0; reuse > 0 && slot < topK; slot++) {
    ids[at + kept] = ids[at - topK + slot]!
    kept += Number(random() < reuse)
  }
  sampler.begin()
  for (let slot = 0; slot < kept; slot++) sampler.keep(ids[at + slot]!)
  if (kept < topK) sampler.openGroups(random)
  return kept
}

// Which experts of a layer are chosen together: pairs of about the same popularity.
import { byDescending } from '../statistics/ranks.ts'

/** Of each expert its partner: the 1st and 2nd most popular, the 3rd and 4th, ...; a last one without is its own. */
export function partnersByPopularity(weights: Float64Array): Uint16Array {
  const order = byDescending(weights)
  const partners = Uint16Array.from(weights.keys())
  for (let i = 0; i + 1 < order.length; i += 2) {
    partners[order[i]!] = order[i + 1]!
    partners[order[i + 1]!] = order[i]!
  }
  return partners
}

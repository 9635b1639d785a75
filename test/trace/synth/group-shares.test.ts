// Shares of experts under a group limit: against what can be worked out by hand, and fitted weights against the wanted shares.
import { expect, it } from 'vitest'
import { fitToGroups, sharesWithGroups } from '../../../src/trace/synth/group-shares.ts'

const sumOf = (values: Float64Array) => values.reduce((a, b) => a + b, 0)

it('Equal weights give every expert the same share', () => {
  const shares = sharesWithGroups(new Float64Array(12).fill(3), 2, { groups: 4, groupsPerToken: 2 })
  for (const share of shares) expect(share).toBeCloseTo(2 / 12, 9)
})

it('One group of a token is chosen by the sum of its weights', () => {
  // Groups of weight 3 and 1: three quarters of the tokens choose within the first, half of these each expert.
  const shares = sharesWithGroups(Float64Array.of(1.5, 1.5, 0.5, 0.5), 1, { groups: 2, groupsPerToken: 1 })
  expect([...shares]).toEqual([0.375, 0.375, 0.125, 0.125].map((share) => expect.closeTo(share, 9)))
})

it('Two groups of three are open as successive sampling opens them', () => {
  // A token takes both experts of its groups: a share is the chance that the group is open. Weights 2, 1, 1 of 4:
  // first 1/2, else 1/4 each; the heavy group second with 2/3 after either light one.
  const weights = Float64Array.of(1, 1, 0.5, 0.5, 0.5, 0.5)
  const shares = sharesWithGroups(weights, 4, { groups: 3, groupsPerToken: 2 })
  const heavy = 1 / 2 + 2 * (1 / 4) * (2 / 3)
  const light = (2 - heavy) / 2
  const expected = [heavy, heavy, light, light, light, light]
  expect([...shares]).toEqual(expected.map((share) => expect.closeTo(share, 6)))
})

it('Fitted weights give the wanted shares to a thousandth, which the first weights miss by far', () => {
  const counts = Float64Array.from({ length: 64 }, (_, expert) => 1 / (((expert * 29) % 64) + 6))
  const shares = counts.map((count) => (8 * count) / sumOf(counts))
  const limit = { groups: 8, groupsPerToken: 3 }
  const first = shares.map((share) => -Math.log1p(-share))
  const error = (weights: Float64Array) =>
    sharesWithGroups(weights, 8, limit).reduce(
      (worst, share, e) => Math.max(worst, Math.abs(share / shares[e]! - 1)),
      0,
    )
  expect(error(first)).toBeGreaterThan(0.03)
  expect(error(fitToGroups(first, shares, 8, limit))).toBeLessThan(1e-3)
})

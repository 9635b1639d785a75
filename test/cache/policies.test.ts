// What single policies owe beside their hits.
import { expect, test } from 'vitest'
import { lfru } from '../../src/cache/policies/lfru.ts'
import { lfu } from '../../src/cache/policies/lfu.ts'
import { randomStream } from '../../src/engine/random.ts'

test('lfru compares counts of any age as if all were halved to this day', () => {
  const random = randomStream(1, 'lfru')
  const policy = lfru(6, 7)
  const counts = new Float64Array(6)
  const worths = new Float64Array(6).fill(Number.NEGATIVE_INFINITY)
  for (let use = 0; use < 400; use++) {
    if (use > 0 && use % 7 === 0) for (let i = 0; i < 6; i++) counts[i]! /= 2
    const expert = Math.floor(6 * random() ** 3)
    counts[expert]!++
    worths[expert] = policy.worth(expert, use)
    for (let a = 0; a < 6; a++) {
      for (let b = 0; b < 6; b++) {
        // Below that, sums of halves no longer fit a double and may count as equal.
        if (Math.min(counts[a]!, counts[b]!) < 2 ** -30) continue
        if (Math.sign(worths[a]! - worths[b]!) !== Math.sign(counts[a]! - counts[b]!))
          expect.fail(`use ${use}`)
      }
    }
  }
})

test('lfru that never halves is lfu', () => {
  const [fading, kept] = [lfru(3, 1e9), lfu(3)]
  const worths = [0, 1, 0, 0, 2, 2, 0].map((expert, use) => [
    fading.worth(expert, use),
    kept.worth(expert, use),
  ])
  const order = (i: number) => worths.map((pair) => worths.filter((other) => other[i]! < pair[i]!).length)
  expect(order(0)).toEqual(order(1))
})

test('lfru still tells the new from the old after thousands of halvings', () => {
  const policy = lfru(2, 1)
  const first = policy.worth(0, 0)
  let last = 0
  for (let use = 1; use < 5000; use++) last = policy.worth(1, use)
  expect(last).toBeGreaterThan(first)
  expect(Number.isFinite(last)).toBe(true)
  // What was used once, thousands of halvings ago, counts as new.
  expect(policy.worth(0, 5000)).toBe(lfru(1, 1).worth(0, 0) + 5000)
})

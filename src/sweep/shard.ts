// Shares of a sweep for several processes or machines: shard i of n has every n-th point, starting with the i-th.
import { fail } from '../errors.ts'

export interface Shard {
  /** From 1. */
  readonly number: number
  readonly of: number
}

export const shardText = ({ number, of }: Shard): string => `${number}/${of}`

export const MAX_SHARDS = 10_000

/** Reads `i/n`. Throws UserError. */
export function readShard(text: string): Shard {
  const [, number, of] = /^(\d{1,5})\/(\d{1,5})$/.exec(text)?.map(Number) ?? []
  if (number !== undefined && of !== undefined && number >= 1 && number <= of && of <= MAX_SHARDS) {
    return { number, of }
  }
  return fail('usage', {
    what: `--shard must be i/n with i from 1 to n, such as 2/8, got "${text}"`,
    hint: `n is at most ${MAX_SHARDS}`,
  })
}

/** Whether the point of that place belongs to a shard. Neighbours go to different ones, as they take about as long. */
export const isOf = (index: number, shard: Shard | undefined): boolean =>
  shard === undefined || index % shard.of === shard.number - 1

export function pointsOf<T>(points: readonly T[], shard: Shard): T[] {
  return points.filter((_, index) => isOf(index, shard))
}

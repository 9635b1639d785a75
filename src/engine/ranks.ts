// What happens first among events at the same picosecond. The number is the rank.

/** Effects land before anything is decided on them: data arrives, units become free, then decisions are made. */
export const Rank = {
  /** Bytes have left or arrived over a link. */
  transfer: 0,
  /** A memory access is complete. */
  memory: 1,
  /** A compute unit has finished a job. */
  compute: 2,
  /** Something follows without any delay of its own (a local hand-over). */
  handOver: 3,
  /** A scheduler decides, knowing all that has ended by now. */
  decide: 4,
  /** Links are shared anew among the messages of now: once, when all that start or end now are known. */
  share: 5,
  /** What has nothing else to do looks for work, when all others have taken theirs. */
  idle: 6,
} as const

export type Rank = (typeof Rank)[keyof typeof Rank]

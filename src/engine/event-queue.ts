// The event queue: events leave ordered by (time, rank, order of insertion), whatever the order they came in.

/**
 * Pending events of a simulation. An event is a time in ps, a rank (see ranks.ts) and an integer payload.
 * `pop` moves the first event into `timePs`, `rank` and `payload`, so that nothing is allocated per event.
 */
export interface EventQueue {
  readonly size: number
  readonly timePs: number
  readonly rank: number
  readonly payload: number
  push(timePs: number, rank: number, payload: number): void
  /** false where the queue is empty. */
  pop(): boolean
  /** Makes a later time the present one, if it is sure that nothing is due by then: true. */
  skipTo(timePs: number): boolean
}

// The part of a timeline that is looked at.

/** Time that is looked at, in ps from the start of the first layer of each scheduler. */
export interface TimelineWindow {
  readonly fromPs: number
  readonly toPs: number
}

export const EVERYTHING: TimelineWindow = { fromPs: 0, toPs: Number.POSITIVE_INFINITY }

// Lanes of a timeline: spans that overlap lie side by side, so that no two slices of a lane do.

/** Where a slice goes: the lane itself is 0, its sub-lanes count from 1. */
export class Lanes {
  /** When the last slice of each sub-lane ends. */
  private readonly endsNs: number[] = []

  /** The first sub-lane that is free from `startNs` on, taken until `endNs`. Slices must come in order of their starts. */
  take(startNs: number, endNs: number): number {
    const free = this.endsNs.findIndex((end) => end <= startNs)
    const lane = free < 0 ? this.endsNs.length : free
    this.endsNs[lane] = endNs
    return lane
  }
}

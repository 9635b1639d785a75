// Algorithm 1 of "Expert Streaming": which trajectories have started, and what each die loads next.
import type { Trajectory } from './fse-dp-plan.ts'

interface Entry {
  readonly path: Trajectory
  /** Micro-slices already handed out, per die of the trajectory. */
  readonly handedOut: Int32Array
  visitsLeft: number
  isStarted: boolean
}

export interface NextLoad {
  readonly path: Trajectory
  readonly slice: number
  readonly place: number
}

/**
 * Experts wait in load order. One starts when a die of its trajectory is idle (works for no started expert); the scan
 * begins at the front again after each start. Dies load for started experts first, in order of their start; with
 * nothing of those left they preload for waiting ones, in queue order (rule 4).
 */
export class TrajectoryQueue {
  private readonly entries: Entry[]
  private readonly entryOf = new Map<Trajectory, Entry>()
  /** Started experts that work on each die; none = the die is idle. */
  private readonly running: Int32Array
  /** Per die: its share of started experts, and of all experts in queue order. */
  private readonly started: Entry[][]
  private readonly inOrder: Entry[][]

  constructor(paths: readonly Trajectory[], dies: number, slices: number) {
    this.entries = paths.map((path) => ({
      path,
      handedOut: new Int32Array(path.dies.length),
      visitsLeft: slices * path.dies.length,
      isStarted: false,
    }))
    for (const entry of this.entries) this.entryOf.set(entry.path, entry)
    this.running = new Int32Array(dies)
    this.started = Array.from({ length: dies }, () => [])
    this.inOrder = Array.from({ length: dies }, () => [])
    for (const entry of this.entries) {
      for (const die of entry.path.dies) this.inOrder[die]!.push(entry)
    }
  }

  /** Starts every expert that can start now. */
  admit(): void {
    for (;;) {
      const entry = this.entries.find(
        ({ isStarted, path }) => !isStarted && path.dies.some((die) => this.running[die] === 0),
      )
      if (entry === undefined) return
      entry.isStarted = true
      for (const die of entry.path.dies) {
        this.running[die] = this.running[die]! + 1
        this.started[die]!.push(entry)
      }
    }
  }

  /** The next micro-slice for a die to load, if any is left that enters there; it counts as handed out. */
  nextLoad(die: number): NextLoad | undefined {
    return take(this.started[die]!, die) ?? take(this.inOrder[die]!, die)
  }

  /** Books one visit as ended; true when it was the expert's last and its dies may be idle now. */
  visited(path: Trajectory): boolean {
    const entry = this.entryOf.get(path)!
    if (--entry.visitsLeft > 0) return false
    // Preloaded micro-slices may all be computed before the expert's turn came: then it holds no die.
    if (entry.isStarted) for (const die of path.dies) this.running[die] = this.running[die]! - 1
    entry.isStarted = true
    return true
  }
}

/** Drops entries with nothing left for the die from the front, then takes from the first that has something. */
function take(entries: Entry[], die: number): NextLoad | undefined {
  while (entries.length > 0) {
    const { path, handedOut } = entries[0]!
    const place = path.dies.indexOf(die)
    const slice = path.entering[place]![handedOut[place]!]
    if (slice !== undefined) {
      handedOut[place] = handedOut[place]! + 1
      return { path, slice, place }
    }
    entries.shift()
  }
  return undefined
}

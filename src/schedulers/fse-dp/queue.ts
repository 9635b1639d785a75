// Algorithm 1 of "Expert Streaming": which trajectories have started, and what is loaded next.
//
// How its lines (sheets 4.10 and 4.11) stand here:
//   Q                    the trajectories in load order; pairs are scanned from the front: their order is that of experts
//   EIT (expert -> mask) the dies of a trajectory, in ring order; the token count has done its work in the order of Q
//   ICV (idle vector)    dies that work for no started expert. A start takes all dies of the trajectory out (AND-NOT), an end
//                        brings back those that no other started expert uses (OR): kept as a count per die
//   one expert a decision `decide` settles the first expert that touches an idle die, else preloads the first of the others
//   preload (rule 4)     micro-slices of decided experts are loaded while these wait for a die to be idle
//   c*                   no micro-slice goes to c* alone: the rule of entry, or rule 5, says where each enters
//                        (trajectory.ts). So the choice of c*, the lowest-numbered idle die, is not seen in what follows.
import type { Share, Trajectory } from './trajectory.ts'

interface Entry {
  readonly trajectory: Trajectory
  readonly stocks: readonly Stock[]
  visitsLeft: number
  isStarted: boolean
}

/** What is left of a share. */
interface Stock {
  readonly trajectory: Trajectory
  readonly share: Share
  taken: number
}

export interface NextLoad {
  readonly trajectory: Trajectory
  readonly slice: number
  readonly place: number
}

/** At which place of its trajectory a channel can bring a micro-slice of a share now; -1 for none. */
export type PlaceRule = (trajectory: Trajectory, share: Share, channel: number) => number

/** Channels read for started experts first, in order of their start; then for decided ones that wait, in order of decision. */
export class TrajectoryQueue {
  /** Told of every channel that has more to choose from than before. */
  onOffered: ((channel: number) => void) | undefined
  /** In load order. */
  private readonly undecided: Entry[]
  /** Decided on and waiting for an idle die, in load order: those before the first that is undecided. */
  private held: Entry[] = []
  /** By expert. */
  private readonly entryOf: Entry[] = []
  /** Started experts that work on each die. */
  private readonly running: Int32Array
  /** By die of the channel. */
  private readonly started: Stock[][]
  private readonly waiting: Stock[][]

  constructor(trajectories: readonly Trajectory[], dies: number, slices: number) {
    this.undecided = trajectories.map((trajectory) => ({
      trajectory,
      stocks: trajectory.shares.map((share) => ({ trajectory, share, taken: 0 })),
      visitsLeft: slices * trajectory.dies.length,
      isStarted: false,
    }))
    for (const entry of this.undecided) this.entryOf[entry.trajectory.expert] = entry
    this.running = new Int32Array(dies)
    this.started = Array.from({ length: dies }, () => [])
    this.waiting = Array.from({ length: dies }, () => [])
  }

  get hasUndecided(): boolean {
    return this.undecided.length > 0
  }

  /** Decides on one more expert: it starts, or may be preloaded. */
  decide(): void {
    const { undecided } = this
    const startable = undecided.findIndex(({ trajectory }) => this.touchesIdle(trajectory))
    const entry = undecided.splice(Math.max(0, startable), 1)[0]!
    if (startable < 0) {
      this.held.push(entry)
      this.putOnShelves(entry, this.waiting)
    } else this.start(entry)
  }

  /** Books one visit as ended. Where it was its expert's last, waiting experts start on the dies that are idle now. */
  visited(trajectory: Trajectory): void {
    const entry = this.entryOf[trajectory.expert]!
    if (--entry.visitsLeft > 0) return
    // Preloaded micro-slices may all be computed before the expert's turn came: then it holds no die.
    const { isStarted } = entry
    entry.isStarted = true
    if (!isStarted) return
    for (const die of trajectory.dies) this.running[die] = this.running[die]! - 1
    if (this.touchesIdle(trajectory)) this.startWaiting()
  }

  /** The next micro-slice for a channel, and where on its trajectory it goes. It counts as taken. */
  nextLoad(channel: number, placeFor: PlaceRule): NextLoad | undefined {
    return take(this.started[channel]!, placeFor, channel) ?? take(this.waiting[channel]!, placeFor, channel)
  }

  /** An expert that was decided on before starts without another decision: its line of the EIT has been looked up. */
  private startWaiting(): void {
    this.held = this.held.filter((entry) => {
      if (!entry.isStarted && this.touchesIdle(entry.trajectory)) this.start(entry)
      return !entry.isStarted
    })
  }

  private start(entry: Entry): void {
    entry.isStarted = true
    for (const die of entry.trajectory.dies) this.running[die] = this.running[die]! + 1
    this.putOnShelves(entry, this.started)
  }

  private putOnShelves({ stocks }: Entry, shelves: readonly Stock[][]): void {
    for (const stock of stocks) {
      for (const channel of stock.share.channels) {
        shelves[channel]!.push(stock)
        this.onOffered?.(channel)
      }
    }
  }

  private touchesIdle(trajectory: Trajectory): boolean {
    for (const die of trajectory.dies) if (this.running[die] === 0) return true
    return false
  }
}

/** Of the first stock on a shelf that has one to go somewhere; empty ones found on the way are cleared away. */
function take(shelf: Stock[], placeFor: PlaceRule, channel: number): NextLoad | undefined {
  for (let at = 0; at < shelf.length; ) {
    const stock = shelf[at]!
    if (isEmpty(stock)) {
      shelf.splice(at, 1)
      continue
    }
    const place = placeFor(stock.trajectory, stock.share, channel)
    if (place >= 0) return { trajectory: stock.trajectory, slice: stock.share.slices[stock.taken++]!, place }
    at++
  }
  return undefined
}

const isEmpty = ({ share, taken }: Stock) => taken === share.slices.length

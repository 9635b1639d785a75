// A placement under search: slots, copies and loads kept in step while experts change places.
import { deviceLoads, type PlaceProblem, type Slots } from './problem.ts'

/** How good a placement is: less on the fullest device, then less uneven. */
export interface Score {
  readonly max: number
  readonly squares: number
}

/** Differences below this share of a load are rounding. */
const NOISE = 1e-9

export function isBetter(a: Score, b: Score): boolean {
  if (a.max < b.max * (1 - NOISE)) return true
  return a.max <= b.max * (1 + NOISE) && a.squares < b.squares * (1 - NOISE)
}

/** One slot gets another expert, or two devices swap experts. */
export type Move =
  | { readonly kind: 'replace'; readonly device: number; readonly from: number; readonly to: number }
  | {
      readonly kind: 'swap'
      readonly a: number
      readonly b: number
      readonly expertOfA: number
      readonly expertOfB: number
    }

export class SearchState {
  readonly problem: PlaceProblem
  readonly layout: number[][]
  readonly copies: Int32Array
  readonly sums: Float64Array
  /** Whether a device has an expert: [expert * devices + device]. */
  private readonly has: Uint8Array
  /** Devices of each expert. */
  private readonly holders: number[][]
  private squares = 0
  /** Devices, the fullest first. */
  private ranking: number[] = []

  constructor(problem: PlaceProblem, layout: Slots) {
    const { devices, loads } = problem
    this.problem = problem
    this.layout = layout.map((held) => [...held])
    this.copies = new Int32Array(loads.length)
    this.sums = new Float64Array(devices)
    this.has = new Uint8Array(loads.length * devices)
    this.holders = Array.from(loads, () => [])
    for (const [device, held] of layout.entries()) {
      for (const expert of held) {
        this.copies[expert] = this.copies[expert]! + 1
        this.has[expert * devices + device] = 1
        this.holders[expert]!.push(device)
      }
    }
    this.addUp()
  }

  get score(): Score {
    return { max: this.sums[this.fullest]!, squares: this.squares }
  }

  /** The fullest device, the first of equals. */
  get fullest(): number {
    return this.ranking[0]!
  }

  isOn(expert: number, device: number): boolean {
    return this.has[expert * this.problem.devices + device] === 1
  }

  share(expert: number): number {
    return this.problem.loads[expert]! / this.copies[expert]!
  }

  /** Score after two devices have swapped experts, neither of which the other one has. */
  afterSwap(a: number, b: number, expertOfA: number, expertOfB: number): Score {
    const change = this.share(expertOfB) - this.share(expertOfA)
    const sumA = this.sums[a]! + change
    const sumB = this.sums[b]! - change
    const squares = this.squares - this.sums[a]! ** 2 - this.sums[b]! ** 2 + sumA ** 2 + sumB ** 2
    let others = 0
    for (const device of this.ranking) {
      if (device === a || device === b) continue
      others = this.sums[device]!
      break
    }
    return { max: Math.max(sumA, sumB, others), squares }
  }

  /** Score after a device has got an expert that it lacks in the place of one of which there are more copies. */
  afterReplace(device: number, from: number, to: number): Score {
    const { loads } = this.problem
    const fromShare = loads[from]! / this.copies[from]!
    const toShare = loads[to]! / this.copies[to]!
    const fromRise = loads[from]! / (this.copies[from]! - 1) - fromShare
    const newTo = loads[to]! / (this.copies[to]! + 1)
    const toDrop = toShare - newTo
    const after = (at: number) =>
      at === device
        ? this.sums[at]! - fromShare + newTo
        : this.sums[at]! + (this.isOn(from, at) ? fromRise : 0) - (this.isOn(to, at) ? toDrop : 0)
    let max = after(device)
    let squares = this.squares - this.sums[device]! ** 2 + max ** 2
    const count = (at: number) => {
      const sum = after(at)
      squares += sum ** 2 - this.sums[at]! ** 2
      if (sum > max) max = sum
    }
    for (const at of this.holders[from]!) if (at !== device) count(at)
    for (const at of this.holders[to]!) if (!this.isOn(from, at)) count(at)
    for (const at of this.ranking) {
      if (this.sums[at]! <= max) break
      if (at === device || this.isOn(from, at) || this.isOn(to, at)) continue
      max = this.sums[at]!
      break
    }
    return { max, squares }
  }

  apply(move: Move): void {
    if (move.kind === 'swap') {
      this.exchange(move.a, move.expertOfA, move.expertOfB)
      this.exchange(move.b, move.expertOfB, move.expertOfA)
    } else this.exchange(move.device, move.from, move.to)
    this.addUp()
  }

  private exchange(device: number, from: number, to: number): void {
    const { devices } = this.problem
    const held = this.layout[device]!
    held[held.indexOf(from)] = to
    this.has[from * devices + device] = 0
    this.has[to * devices + device] = 1
    this.copies[from] = this.copies[from]! - 1
    this.copies[to] = this.copies[to]! + 1
    this.holders[from]!.splice(this.holders[from]!.indexOf(device), 1)
    this.holders[to]!.push(device)
  }

  /** From the slots anew, so that rounding does not build up. */
  private addUp(): void {
    this.sums.set(deviceLoads(this.layout, this.problem.loads))
    this.squares = this.sums.reduce((sum, load) => sum + load ** 2, 0)
    this.ranking = [...this.sums.keys()].sort((a, b) => this.sums[b]! - this.sums[a]!)
  }
}

// The tokens of one die: gathered once for all its experts, those that are needed first in front, and results sent home as sums.
import { grouped } from '../../grouped.ts'
import type { Machine, PairRange, SharedMove } from '../scheduler.ts'
import { expertFrom, expertTo, type LayerWork } from '../work.ts'

const nothing = () => undefined

type ExpertPairs = PairRange & { readonly expert: number }

/** What one gather brings, and how many of the experts that need some of it are not done. */
interface Batch {
  readonly move: SharedMove
  users: number
}

export class DieTokens {
  private readonly machine: Machine
  private readonly die: number
  private readonly experts: readonly number[]
  private readonly tokenOf: Int32Array
  private readonly leastBatch: number
  /** By place in `experts`: batches that an expert needs. */
  private readonly batches: Batch[][]
  /** Batches on their way, by place. */
  private readonly missing: Int32Array
  /** Experts of the die that a token still waits for. */
  private readonly expertsLeft: Int32Array

  /** `experts`: of the die, in the order in which they are needed. `tokenOf`: see pairTokens. `leastBatch`: tokens of a batch. */
  constructor(
    machine: Machine,
    die: number,
    experts: readonly number[],
    { tokenOf, leastBatch }: { tokenOf: Int32Array; leastBatch: number },
  ) {
    this.leastBatch = leastBatch
    this.machine = machine
    this.die = die
    this.experts = experts
    this.tokenOf = tokenOf
    this.batches = experts.map(() => [])
    this.missing = new Int32Array(experts.length)
    this.expertsLeft = new Int32Array(machine.work.tokens)
    for (const expert of experts) {
      this.eachToken(expert, (token) => {
        this.expertsLeft[token] = this.expertsLeft[token]! + 1
      })
    }
  }

  /**
   * Asks for all tokens: those of the first batch, and when they are there a batch whenever so few are under way that the links would
   * be idle until it comes. More would share links with what is needed first. `onArrived`: some expert may have all of its own now.
   */
  start(onArrived: () => void): void {
    const waiting = [...this.batchesInTurn()].reverse()
    for (const { move, users } of waiting.flat()) {
      const batch = { move, users: users.length }
      for (const place of users) {
        this.batches[place]!.push(batch)
        this.missing[place] = this.missing[place]! + 1
      }
    }
    let underWay = 0
    let most = 0
    const ask = () => {
      while (waiting.length > 0 && underWay <= most) {
        const batch = waiting.pop()!
        for (const { move } of batch) underWay += move.tokens
        for (const { move, users } of batch) {
          this.machine.gatherShared(move, () => {
            for (const place of users) this.missing[place] = this.missing[place]! - 1
            underWay -= move.tokens
            if (underWay === 0) most = this.leastBatch
            ask()
            onArrived()
          })
        }
      }
    }
    ask()
  }

  areHere(place: number): boolean {
    return this.missing[place] === 0
  }

  /** An expert of the die is done: what nobody needs any more goes, and results that are complete go home. */
  finish(place: number, combines: boolean): void {
    for (const batch of this.batches[place]!) {
      if (--batch.users === 0) this.machine.releaseShared(batch.move)
    }
    const complete: number[] = []
    this.eachToken(this.experts[place]!, (token) => {
      this.expertsLeft[token] = this.expertsLeft[token]! - 1
      if (this.expertsLeft[token] === 0) complete.push(token)
    })
    if (combines) this.sendHome(complete)
  }

  private sendHome(complete: readonly number[]): void {
    const { machine, die } = this
    const { restingDie } = machine.work
    const guests = complete.filter((token) => restingDie[token] !== die)
    for (const [to, tokens] of grouped(guests, (token) => restingDie[token]!)) {
      const pairs = this.pairsOf(new Set(tokens))
      machine.combineShared({ from: die, to, pairs, tokens: tokens.length }, nothing)
    }
  }

  /** What each other die has to send: in batches, one expert after the other: those of the first, which all wait for, and then as many as fill the links. */
  private batchesInTurn(): Iterable<{ move: SharedMove; users: number[] }[]> {
    const { experts, machine, die } = this
    const { restingDie, tokens } = machine.work
    const batchOf = new Int32Array(tokens).fill(-1)
    const moves = new Map<
      number,
      { from: number; tokens: number; pairs: ExpertPairs[]; users: Set<number> }
    >()
    const isLarge = guestTokens(machine.work, die, experts, this.tokenOf) > this.leastBatch
    let batch = 0
    let inBatch = 0
    const keyOf = (token: number) => batchOf[token]! * machine.work.dies + restingDie[token]!
    for (const [place, expert] of experts.entries()) {
      if (place === 1 ? isLarge : inBatch >= this.leastBatch) {
        batch++
        inBatch = 0
      }
      this.eachToken(expert, (token) => {
        if (restingDie[token] === die || batchOf[token]! >= 0) return
        batchOf[token] = batch
        inBatch++
        const move = moves.get(keyOf(token))
        if (move === undefined)
          moves.set(keyOf(token), { from: restingDie[token]!, tokens: 1, pairs: [], users: new Set() })
        else move.tokens++
      })
    }
    experts.forEach((expert, place) => {
      this.eachToken(expert, (token, pair) => {
        if (restingDie[token] === die) return
        const move = moves.get(keyOf(token))!
        addPair(move.pairs, expert, pair)
        move.users.add(place)
      })
    })
    const all = [...moves].map(([key, { from, tokens, pairs, users }]) => {
      const batch = Math.floor(key / machine.work.dies)
      return { batch, move: { from, to: die, pairs, tokens }, users: [...users] }
    })
    return grouped(all, ({ batch }) => batch).values()
  }

  /** Pairs of some tokens with the experts of the die. */
  private pairsOf(tokens: ReadonlySet<number>): ExpertPairs[] {
    const pairs: ExpertPairs[] = []
    for (const expert of this.experts) {
      this.eachToken(expert, (token, pair) => {
        if (tokens.has(token)) addPair(pairs, expert, pair)
      })
    }
    return pairs
  }

  private eachToken(expert: number, visit: (token: number, pair: number) => void): void {
    const { work } = this.machine
    const end = expertTo(work, expert)
    for (let pair = expertFrom(work, expert); pair < end; pair++) visit(this.tokenOf[pair]!, pair)
  }
}

/** Adds the pair to the last range where it follows that one. */
function addPair(pairs: ExpertPairs[], expert: number, pair: number): void {
  const last = pairs.at(-1)
  if (last?.expert === expert && last.toPair === pair) pairs[pairs.length - 1] = { ...last, toPair: pair + 1 }
  else pairs.push({ expert, fromPair: pair, toPair: pair + 1 })
}

/** Bytes of tokens that a die holds beside those that rest there, if it gathers those of all its experts. */
export function guestTokens(
  work: LayerWork,
  die: number,
  experts: readonly number[],
  tokenOf: Int32Array,
): number {
  const guests = new Set<number>()
  for (const expert of experts) {
    for (let pair = expertFrom(work, expert); pair < expertTo(work, expert); pair++) {
      if (work.restingDie[tokenOf[pair]!] !== die) guests.add(tokenOf[pair]!)
    }
  }
  return guests.size
}
